/** Names of flows and tasks: made from function names, and refused when a path, a URL or HTML would stumble over them. */
import { WeirError } from './errors.ts';

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

/** @throws WeirError `invalid-value` for what cannot be the name of a flow or task */
export function refuseBadName(what: 'flow' | 'task', name: unknown): void {
  const fault = faultOfName(what, name);
  if (fault === null) return;
  throw new WeirError('invalid-value', `the ${what} name ${shown(name)} ${fault.why}`, { hint: fault.hint });
}

/** What is wrong with it, as the rest of a sentence about it, and what to do; null: it may be a name. */
export function faultOfName(
  what: 'flow' | 'task',
  name: unknown,
): { readonly why: string; readonly hint: string } | null {
  if (typeof name !== 'string') return { why: 'is no text', hint: "name: 'nightly'" };
  const bad = REFUSED.find((character) => name.includes(character));
  if (bad !== undefined) return { why: `contains "${bad}", which no name may`, hint: `leave out ${REFUSED.join(' ')}` };
  if (what === 'flow' && /^\.\.?$/.test(name))
    return { why: 'means a folder, which no name may', hint: "give it a word, such as 'nightly'" };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (name.trim() === '' || name.length > LONGEST || /[\u0000-\u001f\u007f]/.test(name))
    return {
      why: `must have 1 to ${LONGEST} characters, none of them control characters`,
      hint: "give it a short one, such as 'nightly'",
    };
  return null;
}

function shown(name: unknown): string {
  return JSON.stringify(typeof name === 'string' ? name.slice(0, 80) : name) ?? String(name);
}
