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

/** The first 32 bits of what stands behind the point in the cube roots of the first 64 primes (FIPS 180-4, 4.2.2). */
const ROUND_CONSTANTS = Uint32Array.from([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
]);

/** The same of the square roots of the first 8 (5.3.3). */
const START = Uint32Array.from([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

/** Exported for its proof against node:crypto. */
export function ownSha256(bytes: Uint8Array): Buffer {
  const state = START.slice();
  const words = new Uint32Array(ROUNDS);
  const padded = pad(bytes);
  for (let at = 0; at < padded.length; at += BLOCK) take(padded, at, state, words);
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
function take(from: Buffer, at: number, state: Uint32Array, w: Uint32Array): void {
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
    const first = (h + s1 + ((e & f) ^ (~e & g)) + (ROUND_CONSTANTS[i] as number) + (w[i] as number)) | 0;
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
