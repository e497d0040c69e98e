/**
 * Seals values and opens them: AES-256-GCM, a nonce of its own for each, bound to the secret's name, so that rows that
 * are exchanged cannot be opened. Only here does a plaintext meet what is stored.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SecretKey } from './secret-key.ts';

/** A value as it lies in the file. */
export interface Sealed {
  readonly nonce: Uint8Array;
  /** The ciphertext, then the authentication tag. */
  readonly sealed: Uint8Array;
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function seal(key: SecretKey, name: string, value: string): Sealed {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key.bytes, nonce).setAAD(boundTo(name));
  const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { nonce, sealed };
}

/** null: it was sealed otherwise, or is damaged. */
export function open(key: SecretKey, name: string, { nonce, sealed }: Sealed): string | null {
  try {
    const end = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG_BYTES }).setAAD(boundTo(name));
    decipher.setAuthTag(sealed.subarray(end));
    return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}

function boundTo(name: string): Buffer {
  return Buffer.from(`weir-secret-1\0${name}`);
}
