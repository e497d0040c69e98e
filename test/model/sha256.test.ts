import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownSha256, sha256 } from '../../src/model/sha256.ts';

describe('SHA-256', () => {
  it('is reckoned by ourselves as node:crypto does, for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(ownSha256(bytes).toString('hex')).toBe(hash('sha256', bytes, 'hex'));
      }),
    );
  });

  it('is right at every length around the end of a block', () => {
    for (let length = 0; length <= 130; length++) {
      const bytes = new Uint8Array(length).fill(length);
      expect(ownSha256(bytes).toString('hex')).toBe(hash('sha256', bytes, 'hex'));
    }
  });

  it('of texts says the same before and after it is left to node:crypto', () => {
    const texts = ['', 'weir', 'ä\u{1f600}\ud800', 'x'.repeat(3000)];
    for (let round = 0; round < 5; round++) {
      for (const text of texts) {
        expect(sha256(text, 'hex')).toBe(hash('sha256', text, 'hex'));
        expect(sha256(text, 'base64url')).toBe(hash('sha256', text, 'base64url'));
      }
    }
  });
});
