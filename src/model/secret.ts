/** What a secret may be called, and what its value may be. Must never put a value into a message. */
import { WeirError } from './errors.ts';

/** In bytes: its base64 is still one line of a log, and it is an environment variable that every system takes. */
export const LARGEST_SECRET = 48 * 1024;

/** Shorter ones are masked only where they stand alone, or every log would be full of holes (mask.ts). */
export const SHORT_SECRET = 4;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const LONGEST_NAME = 200;

/** @throws WeirError `usage` for what cannot be the name of an environment variable, or is one of Weir's own */
export function parseSecretName(name: string): string {
  const refuse = (why: string, hint: string) =>
    new WeirError('usage', `a secret cannot have this name: ${why}`, { hint });
  // Not told: what stands here may be the value, or NAME=VALUE.
  if (!NAME.test(name) || name.length > LONGEST_NAME)
    throw refuse(
      'it becomes an environment variable, so it has letters, digits and underscores, and begins with no digit',
      'such as DB_PASSWORD',
    );
  if (/^WEIR_/i.test(name))
    throw refuse('names that begin with WEIR_ are its own', `such as ${name.slice(5) || 'TOKEN'}`);
  return name;
}

/** @throws WeirError `usage` when commands could not be given the value */
export function checkSecretValue(name: string, value: string): void {
  if (value.trim() === '') throw new WeirError('usage', `the value given for the secret ${name} is empty`);
  if (value.includes('\0'))
    throw new WeirError(
      'usage',
      `the value given for the secret ${name} holds a NUL, which no environment variable can`,
      {
        hint: 'give it as base64, and decode it where it is used',
      },
    );
  const size = Buffer.byteLength(value);
  if (size > LARGEST_SECRET)
    throw new WeirError(
      'usage',
      `the value given for the secret ${name} has ${size} bytes; a secret has at most ${LARGEST_SECRET}`,
      { hint: 'keep it in a file that only you can read, and make its place or its password the secret' },
    );
}
