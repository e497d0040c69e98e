/**
 * The bytes of a result that an earlier call came to: in the message, or, for a large one, in a file of the content
 * folder. Bytes that do not match their name are never taken: the task then runs again.
 */

import { readFileSync } from 'node:fs';
import type { ContentFile } from '../model/content-file.ts';
import { sha256 } from '../model/sha256.ts';

export interface KeptResult {
  readonly result: Uint8Array | null;
  readonly content?: ContentFile | null;
}

/** null where there is none; else its bytes, or why they cannot be had. */
export function readKept({
  result,
  content,
}: KeptResult): { readonly bytes: Uint8Array } | { readonly fault: string } | null {
  if (result !== null) return { bytes: result };
  if (!content) return null;
  const { hash, path } = content;
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const isMissing = (error as { code?: string }).code === 'ENOENT';
    return { fault: isMissing ? `its file ${path} is missing` : (error as Error).message };
  }
  const actual = sha256(bytes, 'hex');
  return actual === hash ? { bytes } : { fault: `its file ${path} has been altered` };
}
