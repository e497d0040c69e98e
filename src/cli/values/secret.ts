/** `weir secret set | ls | unset`. A value comes from a prompt or standard input, and is never printed. */
import { dirname, relative } from 'node:path';
import type { SecretView } from '../../engine/execute/secrets.ts';
import { isoTime, localTime } from '../../engine/tell/told-times.ts';
import { EXIT, WeirError } from '../../model/errors.ts';
import { checkSecretValue, LARGEST_SECRET, parseSecretName, SHORT_SECRET } from '../../model/secret.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { colors, print, printJson, say, table } from '../output.ts';
import { settingsOf, withEngine } from '../session.ts';
import { askHidden } from './hidden-input.ts';

/** Of a process that was interrupted by Ctrl-C. */
const GIVEN_UP = 130;
/** Shorter ones are guessed soon, and stand in many a line by chance. */
const LONG_ENOUGH = 8;

export async function setSecret([name]: [string], flags: GlobalFlags): Promise<number> {
  parseSecretName(name);
  const value = await readValue(name);
  if (value === null) return GIVEN_UP;
  checkSecretValue(name, value);
  const { keyFile, db } = settingsOf(flags);
  return withEngine(flags, 'command', async ({ secrets }) => {
    const { isNew, isNewKey, lost } = await secrets.set(name, value);
    say(isNew ? `secret ${name} is set` : `secret ${name} has a new value; what asks for it from now on gets that`);
    if (isNewKey)
      say(`  its key is ${keyFile}, which no backup of the database holds: keep a copy of it in another place`);
    if (keyFile !== null && isBeside(db, keyFile))
      say('  that key lies in the folder of the database: whoever has a copy of the folder can read the secrets');
    if (lost.length > 0)
      say(
        `  ${lost.join(', ')} ${lost.length === 1 ? 'was' : 'were'} sealed with another key: set ${lost.length === 1 ? 'it' : 'them'} again, or put that key back`,
      );
    sayShort(value);
    if (flags.json)
      printJson({ schema: 'weir.secret/1', ...secretJson(secrets.list().find((each) => each.name === name)) });
    return EXIT.ok;
  });
}

export async function listSecrets(_: [], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ secrets }) => {
    const all = secrets.list();
    if (flags.json) printJson({ schema: 'weir.secrets/1', items: all.map(secretJson), next: null });
    else if (all.length === 0) say('there are no secrets yet: weir secret set NAME');
    else {
      const heading = ['secret', 'set', ''].map((cell) => colors.dim(cell));
      print(table([heading, ...all.map(({ name, setAt, problem }) => [name, localTime(setAt), problem ?? ''])]));
    }
    return EXIT.ok;
  });
}

export async function unsetSecret([name]: [string], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ secrets }) => {
    await secrets.unset(name);
    say(`secret ${name} is unset`);
    if (flags.json) printJson({ schema: 'weir.secret/1', name, set_at: null, problem: null });
    return EXIT.ok;
  });
}

/** A home folder is no folder of the database's own, though both may lie in it. */
function isBeside(db: string, keyFile: string): boolean {
  const isWithin = !relative(dirname(db), keyFile).startsWith('..');
  return isWithin && (dirname(db) !== dirname(keyFile) || dirname(db).endsWith('.weir'));
}

/** null: given up. */
async function readValue(name: string): Promise<string | null> {
  if (process.stdin.isTTY) return askHidden(`value of ${name} (not shown): `);
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    size += piece.length;
    // Anything may have been connected: what is far too long need not be held.
    if (size <= 2 * LARGEST_SECRET) pieces.push(piece);
  }
  if (size === 0)
    throw new WeirError('usage', `standard input held no value for the secret ${name}`, {
      hint: `weir secret set ${name} < FILE; at a terminal it is asked for`,
    });
  if (size > 2 * LARGEST_SECRET)
    throw new WeirError('usage', `standard input held ${size} bytes; a secret has at most ${LARGEST_SECRET}`);
  return decodeValue(name, Buffer.concat(pieces)).replace(/\r?\n$/, '');
}

function decodeValue(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new WeirError('usage', `what standard input held for the secret ${name} is not UTF-8 text`, {
      hint: `give bytes as base64: base64 FILE | weir secret set ${name}`,
      cause,
    });
  }
}

function sayShort(value: string): void {
  const { length } = value.trim();
  if (length >= LONG_ENOUGH) return;
  const where = length < SHORT_SECRET ? 'where it stands alone' : 'wherever these characters stand';
  say(`  it has only ${length} character${length === 1 ? '' : 's'}: runs that get it show *** ${where}`);
}

function secretJson(secret: SecretView | undefined) {
  return { name: secret?.name, set_at: isoTime(secret?.setAt ?? null), problem: secret?.problem ?? null };
}
