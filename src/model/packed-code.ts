/** The form in which the files of a code version travel and are kept. Pure: nothing is read from disk. */

/** As JSON: what is kept of a version. */
export interface PackedVersion {
  /** Path and text. */
  readonly files: readonly (readonly [string, string])[];
  /** The importing file's address and what it imports, as one text; and the address that this led to. */
  readonly imports: readonly (readonly [string, string])[];
}

/** Larger versions are deflated. Loading the compressor costs 2 ms, which a small flow would pay for nothing. */
const LARGEST_PLAIN = 64 * 1024;

/** `text`: the version as JSON. */
export function packCode(text: string): Uint8Array {
  if (text.length <= LARGEST_PLAIN) return new TextEncoder().encode(text);
  return new Uint8Array(process.getBuiltinModule('zlib').deflateSync(text));
}

export function unpackCode(packed: Uint8Array): PackedVersion {
  const isPlain = packed[0] === '{'.charCodeAt(0);
  const bytes = isPlain ? packed : process.getBuiltinModule('zlib').inflateSync(packed);
  return JSON.parse(new TextDecoder().decode(bytes)) as PackedVersion;
}
