/**
 * SHA-256. A short run hashes a few hundred bytes, and loading node:crypto for them would take 10 ms, a twelfth of all that
 * it takes: what is little is reckoned here, until a process has had enough of it. Both must always say the same.
 */
import type { Hash } from 'node:crypto';

/** What a process hashes by itself, bytes: from there on the library is worth its load. */
const OWN_SHARE = 16 * 1024;

let reckoned = 0;

/** Of a text, its bytes in UTF-8. */
export function sha256(data: string | Uint8Array, encoding: 'hex' | 'base64url'): string {
  // UTF-8 has at most three bytes for each unit of a text.
  const most = typeof data === 'string' ? data.length * 3 : data.length;
  if (reckoned + most > OWN_SHARE) return process.getBuiltinModule('node:crypto').hash('sha256', data, encoding);
  reckoned += most;
  return ownSha256(typeof data === 'string' ? Buffer.from(data, 'utf8') : data).toString(encoding);
}

/** For what is read piece by piece. */
export function openSha256(): Hash {
  return process.getBuiltinModule('node:crypto').createHash('sha256');
}

const BLOCK = 64;
const ROUNDS = 64;

/** The first 32 bits of what stands behind the point in the roots of the first primes. */
let constants: { readonly rounds: Uint32Array; readonly start: Uint32Array } | undefined;

/** Exported for its proof against node:crypto. */
export function ownSha256(bytes: Uint8Array): Buffer {
  constants ??= { rounds: rootsOfPrimes(ROUNDS, Math.cbrt), start: rootsOfPrimes(8, Math.sqrt) };
  const state = Uint32Array.from(constants.start);
  const words = new Uint32Array(ROUNDS);
  const padded = pad(bytes);
  for (let at = 0; at < padded.length; at += BLOCK) take(padded, at, state, words, constants.rounds);
  const digest = Buffer.allocUnsafe(32);
  for (const [index, word] of state.entries()) digest.writeUInt32BE(word, index * 4);
  return digest;
}

/** A single 1, zeros, and the length in bits fill the last block. */
function pad(bytes: Uint8Array): Buffer {
  const padded = Buffer.alloc(Math.ceil((bytes.length + 9) / BLOCK) * BLOCK);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  padded.writeBigUInt64BE(BigInt(bytes.length) * 8n, padded.length - 8);
  return padded;
}

/** Written out: a list taken apart in each round would cost more than the round. */
function take(from: Buffer, at: number, state: Uint32Array, w: Uint32Array, k: Uint32Array): void {
  for (let i = 0; i < 16; i++) w[i] = from.readUInt32BE(at + i * 4);
  for (let i = 16; i < ROUNDS; i++) {
    const early = w[i - 15] as number;
    const late = w[i - 2] as number;
    const s0 = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
    const s1 = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
    w[i] = (w[i - 16] as number) + s0 + (w[i - 7] as number) + s1;
  }
  const before = Uint32Array.from(state);
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  let f = state[5] as number;
  let g = state[6] as number;
  let h = state[7] as number;
  for (let i = 0; i < ROUNDS; i++) {
    const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const first = (h + s1 + ((e & f) ^ (~e & g)) + (k[i] as number) + (w[i] as number)) | 0;
    const s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  state.set([a, b, c, d, e, f, g, h]);
  for (let i = 0; i < state.length; i++) state[i] = (state[i] as number) + (before[i] as number);
}

function turned(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

function rootsOfPrimes(count: number, root: (prime: number) => number): Uint32Array {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return Uint32Array.from(primes, (prime) => Math.floor((root(prime) % 1) * 2 ** 32));
}
