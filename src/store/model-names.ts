/**
 * Names in the registry: what may name a model, a file or an alias, stages as people write them, and what to suggest
 * for a name that is not there.
 */
import { nearest, WeirError } from '../model/errors.ts';
import type { ModelStage } from '../model/registered-model.ts';

export const STAGES: readonly ModelStage[] = ['None', 'Staging', 'Production', 'Archived'];

/** A stage as people write it, in any case. @throws WeirError `invalid-value` */
export function parseStage(text: string): ModelStage {
  const stage = stageNamed(text);
  if (stage !== undefined) return stage;
  throw new WeirError('invalid-value', `${JSON.stringify(text)} is no stage`, {
    hint: suggest(text, STAGES, `stages are ${STAGES.join(', ')}`),
  });
}

/** Undefined when the text is no stage. */
export function stageNamed(text: string): ModelStage | undefined {
  return STAGES.find((stage) => stage.toLowerCase() === text.toLowerCase());
}

/** Names of models become part of addresses, names of files are written into folders. @throws WeirError `invalid-value` */
export function refuseName(what: string, name: string): void {
  const fault = faultOfName(name);
  if (fault === undefined) return;
  throw new WeirError('invalid-value', `${JSON.stringify(name.slice(0, 200))} cannot be ${what}: it ${fault}`, {
    hint: 'such as "temperature" or "temperature.pkl"',
  });
}

/** An alias must not mean something else already. @throws WeirError `invalid-value` */
export function refuseAlias(alias: string): void {
  refuseName('an alias', alias);
  const word = alias.toLowerCase();
  if (word === 'champion' || word === 'previous') {
    throw new WeirError('invalid-value', `the alias "${alias}" follows what is in Production and cannot be set`, {
      hint: 'promote the version, or roll back',
    });
  }
  if (word !== 'latest' && stageNamed(alias) === undefined && !/^\d+$/.test(alias)) return;
  throw new WeirError(
    'invalid-value',
    `"${alias}" cannot be an alias: it already means a version, a stage or the latest version`,
    { hint: 'choose another word' },
  );
}

/** The hint for a word that was not found: the nearest of `names`, and what there is. */
export function suggest(word: string, names: readonly string[], existing: string): string {
  const near = nearest(word, names);
  return near === undefined ? existing : `did you mean "${near}"? ${existing}`;
}

/** The first ten, and how many more. */
export function someOf(names: readonly string[]): string {
  return names.length <= 10 ? names.join(', ') : `${names.slice(0, 10).join(', ')} and ${names.length - 10} more`;
}

function faultOfName(name: string): string | undefined {
  if (name.trim() === '') return 'is empty';
  if (name.length > 200) return `has ${name.length} characters, and 200 are the most`;
  if (name.includes('/')) return 'has a "/" in it';
  if (/\p{Cc}/u.test(name) || !name.isWellFormed()) return 'has control characters or broken ones in it';
  return name === '.' || name === '..' ? 'means a folder' : undefined;
}
