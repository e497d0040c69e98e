/** The file of the key: made once, the user's alone, refused when it is not. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { open, seal } from '../../src/store/sealing.ts';
import { makeSecretKey, readSecretKey } from '../../src/store/secret-key.ts';

function world() {
  const folder = mkdtempSync(join(tmpdir(), 'weir-key-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return { folder, path: join(folder, 'inside', 'weir.key') };
}

test('the key is made with the rights of its owner alone, whatever the umask is, and leaves nothing beside it', () => {
  const { path, folder } = world();
  const former = process.umask(0o000);
  try {
    makeSecretKey(path);
  } finally {
    process.umask(former);
  }
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder, 'inside'))).toEqual(['weir.key']);
});

test('a key that is there stays, byte for byte', () => {
  const { path } = world();
  const first = makeSecretKey(path);
  const bytes = readFileSync(path);
  expect(makeSecretKey(path)).toEqual(first);
  expect(readFileSync(path)).toEqual(bytes);
  expect(readSecretKey(path)).toEqual(first);
});

test('a key that others may read is refused with the command that mends it', () => {
  const { path } = world();
  makeSecretKey(path);
  for (const mode of [0o640, 0o604, 0o666, 0o620]) {
    chmodSync(path, mode);
    expect(() => readSecretKey(path)).toThrow(
      expect.objectContaining({ code: 'file-system', hint: expect.stringContaining(`chmod 600 ${path}`) }),
    );
  }
  chmodSync(path, 0o400);
  expect(readSecretKey(path)).not.toBeNull();
});

test('what is no key is refused, and its content is not told', () => {
  const { path, folder } = world();
  expect(readSecretKey(path)).toBeNull();
  expect(() => readSecretKey(folder)).toThrow(/is no key of Weir's|may read the key/);
  const other = join(folder, 'other');
  writeFileSync(other, 'hunter2-hunter2\n', { mode: 0o600 });
  expect(() => readSecretKey(other)).toThrow(`${other} is no key of Weir's`);
  expect(() => makeSecretKey(other)).toThrow(/is no key/);
  expect(readFileSync(other, 'utf8')).toBe('hunter2-hunter2\n');
});

test('a sealed value opens with its key and under its name, and not otherwise', () => {
  const { path, folder } = world();
  const key = makeSecretKey(path);
  const sealed = seal(key, 'TOKEN', 'päss"wörd\n2');
  expect(open(key, 'TOKEN', sealed)).toBe('päss"wörd\n2');
  expect(open(key, 'OTHER', sealed)).toBeNull();
  expect(open(makeSecretKey(join(folder, 'second.key')), 'TOKEN', sealed)).toBeNull();
  expect(open(key, 'TOKEN', { ...sealed, sealed: sealed.sealed.subarray(0, 10) })).toBeNull();
  const bent = Uint8Array.from(sealed.sealed);
  bent[0] = (bent[0] ?? 0) ^ 1;
  expect(open(key, 'TOKEN', { ...sealed, sealed: bent })).toBeNull();
  // The same twice is never the same in the file.
  expect(Buffer.from(seal(key, 'TOKEN', 'x').sealed)).not.toEqual(Buffer.from(seal(key, 'TOKEN', 'x').sealed));
});
