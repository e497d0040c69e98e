import { expect, it } from 'vitest';
import { formatBytes } from '../../src/model/bytes.ts';

it.each([
  [0, '0 bytes'],
  [1023, '1023 bytes'],
  [1024, '1 KiB'],
  [1536, '1.5 KiB'],
  [64 * 1024, '64 KiB'],
  [1024 * 1024 - 1, '1 MiB'],
  [8 * 1024 * 1024, '8 MiB'],
  [1_288_490_189, '1.2 GiB'],
  [5 * 1024 ** 5, '5120 TiB'],
])('%i bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
