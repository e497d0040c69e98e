/**
 * A file that a task hands on: a copy kept by its content, in a folder named by that content, under the name the file had.
 * Two of them are the same input when name and content are, wherever the copies lie. Pure.
 */

export interface HandedFile {
  /** Where the copy lies; absolute. It is not to be changed. */
  readonly path: string;
  /** Of its bytes: 64 hexadecimal digits. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
}

/** Those of a task's result, by name. */
export function handedFilesOf(result: unknown): readonly (readonly [string, HandedFile])[] {
  const files = (result as { files?: unknown } | null | undefined)?.files;
  if (typeof files !== 'object' || files === null) return [];
  return Object.entries(files).filter((entry): entry is [string, HandedFile] => isHandedFile(entry[1]));
}

/** Whether a value is one, as Weir makes them: nothing else has its content's name in its path. */
export function isHandedFile(value: unknown): value is HandedFile {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value) as unknown;
  if (prototype !== Object.prototype && prototype !== null) return false;
  const { path, sha256, size } = value as Record<string, unknown>;
  if (typeof path !== 'string' || typeof sha256 !== 'string' || typeof size !== 'number') return false;
  return Object.keys(value).length === 3 && /^[0-9a-f]{64}$/.test(sha256) && path.split('/').at(-2) === sha256;
}

/** The name that the file had. */
export function nameOfHandedFile({ path }: HandedFile): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
