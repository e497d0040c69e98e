/** Names of flows and tasks: made from function names, and refused when a path, a URL or HTML would stumble over them. */
import { WeirError } from '../model/errors.ts';

const REFUSED = ['/', '%', '&', '<', '>'];
const LONGEST = 200;

/** `fetchWeek` -> `fetch-week`, `loadCSVFile` -> `load-csv-file`. */
export function kebabCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .replace(/[\s_.$]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase();
}

export function refuseBadName(what: 'flow' | 'task', name: unknown): void {
  if (typeof name !== 'string')
    throw new WeirError('invalid-value', `the ${what} name ${JSON.stringify(name)} is no text`, {
      hint: "name: 'nightly'",
    });
  const bad = REFUSED.find((character) => name.includes(character));
  if (bad !== undefined)
    throw new WeirError(
      'invalid-value',
      `the ${what} name ${JSON.stringify(name)} contains "${bad}", which no name may`,
      { hint: `leave out ${REFUSED.join(' ')}` },
    );
  if (what === 'flow' && /^\.\.?$/.test(name))
    throw new WeirError('invalid-value', `the flow name ${JSON.stringify(name)} means a folder, which no name may`, {
      hint: "give it a word: name: 'nightly'",
    });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (name.trim() === '' || name.length > LONGEST || /[\u0000-\u001f\u007f]/.test(name)) {
    throw new WeirError(
      'invalid-value',
      `the ${what} name ${JSON.stringify(name.slice(0, 80))} must have 1 to ${LONGEST} characters, none of them control characters`,
    );
  }
}
