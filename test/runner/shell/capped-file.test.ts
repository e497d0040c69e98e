import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCapped, utf8Of } from '../../../src/runner/shell/capped-file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-capped-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('of a file that somebody else wrote, no more is read than was asked for, from either end', () => {
  const path = join(folder, 'text');
  writeFileSync(path, 'abcdef');
  const read = (most: number, from?: 'end') => {
    const file = readCapped(path, most, from);
    return file.kind === 'read' ? [file.bytes.toString(), file.size] : file.kind;
  };
  expect(read(10)).toEqual(['abcdef', 6]);
  expect(read(2)).toEqual(['ab', 6]);
  expect(read(2, 'end')).toEqual(['ef', 6]);
});

test('what is not there and what is no file is told apart', () => {
  mkdirSync(join(folder, 'sub'));
  expect(readCapped(join(folder, 'none'), 10)).toEqual({ kind: 'missing' });
  expect(readCapped(join(folder, 'sub'), 10)).toEqual({ kind: 'no-file' });
});

test('bytes that are no UTF-8 are no text', () => {
  expect(utf8Of(new TextEncoder().encode('grün'))).toBe('grün');
  expect(utf8Of(new Uint8Array([0x61, 0xff]))).toBeNull();
});
