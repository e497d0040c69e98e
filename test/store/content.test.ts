import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ContentStore, contentFolder, createContentStore } from '../../src/store/content.ts';

let world: string;
let folder: string;
let store: ContentStore;

beforeEach(() => {
  world = mkdtempSync(join(tmpdir(), 'weir-content-'));
  folder = contentFolder(join(world, 'weir.db'));
  store = createContentStore(folder);
});
afterEach(() => rmSync(world, { recursive: true, force: true }));

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const files = () =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
const saying = (code: string, ...parts: string[]) =>
  expect.objectContaining({
    name: 'WeirError',
    code,
    message: expect.stringMatching(new RegExp(parts.map(escapeRegExp).join('.*'), 's')),
    hint: expect.any(String),
  });
const escapeRegExp = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

describe('Content is kept beside the database under its sha256', () => {
  test('what was put can be read', () => {
    const bytes = Buffer.from('a model');
    const { hash, size } = store.put(bytes);
    expect({ hash, size }).toEqual({ hash: sha256(bytes), size: 7 });
    expect(store.pathOf(hash)).toBe(join(world, 'weir.db.files', 'content', hash.slice(0, 2), hash));
    expect(store.read(hash)).toEqual(bytes);
  });

  test('any bytes come back as they were, by memory and by file', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (bytes) => {
        const path = join(world, 'source');
        writeFileSync(path, bytes);
        const stored = store.put(bytes);
        expect(await store.putFile(path)).toEqual(stored);
        expect(Buffer.from(bytes).equals(store.read(stored.hash))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test('equal content is kept once, however it comes', async () => {
    const bytes = randomBytes(3_000_000);
    const path = join(world, 'model.bin');
    writeFileSync(path, bytes);
    const results = await Promise.all([store.putFile(path), store.putFile(path), store.put(bytes), store.put(bytes)]);
    expect(new Set(results.map(({ hash }) => hash)).size).toBe(1);
    expect(files()).toEqual([sha256(bytes)]);
  });

  test('only its owner can read it, whatever the rights of the source, and the source stays', async () => {
    const path = join(world, 'model.bin');
    writeFileSync(path, 'open', { mode: 0o444 });
    const { hash } = await store.putFile(path);
    for (const kept of [hash, store.put(Buffer.from('other')).hash])
      expect(statSync(store.pathOf(kept)).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toBe('open');
  });

  test('a later change of the source does not reach it', async () => {
    const path = join(world, 'model.bin');
    writeFileSync(path, 'first');
    const { hash } = await store.putFile(path);
    writeFileSync(path, 'later');
    expect(store.read(hash).toString()).toBe('first');
  });
});

describe('Bytes that do not match their name are never given out', () => {
  test('altered content is refused by name, and left as it is', () => {
    const { hash } = store.put(Buffer.from('a model'));
    writeFileSync(store.pathOf(hash), 'a mOdel');
    expect(() => store.read(hash, 'version 3 of model "temperature"')).toThrow(
      saying('file-system', 'version 3 of model "temperature" has been altered', store.pathOf(hash)),
    );
    expect(readFileSync(store.pathOf(hash), 'utf8')).toBe('a mOdel');
  });

  test('a path is given out only of content that is whole, also where it is not read into memory', async () => {
    const { hash } = store.put(Buffer.from('a model'));
    expect(await store.verifiedPath(hash)).toBe(store.pathOf(hash));
    writeFileSync(store.pathOf(hash), 'a mOdel');
    await expect(store.verifiedPath(hash, 'version 3')).rejects.toThrow(
      saying('file-system', 'version 3 has been altered', store.pathOf(hash)),
    );
    rmSync(store.pathOf(hash));
    await expect(store.verifiedPath(hash, 'version 3')).rejects.toThrow(saying('file-system', 'version 3 is missing'));
  });

  test('missing content is refused by name', () => {
    const { hash } = store.put(Buffer.from('a model'));
    rmSync(store.pathOf(hash));
    expect(() => store.read(hash, 'version 3 of model "temperature"')).toThrow(
      saying('file-system', 'version 3 of model "temperature" is missing', hash),
    );
    expect(() => store.read('0'.repeat(64))).toThrow(saying('file-system', 'content is missing'));
  });

  test('putting the content again heals what was altered or lost', async () => {
    const bytes = Buffer.from('a model');
    const path = join(world, 'model.bin');
    writeFileSync(path, bytes);
    const { hash } = store.put(bytes);
    writeFileSync(store.pathOf(hash), 'a mOdel');
    store.put(bytes);
    expect(store.read(hash)).toEqual(bytes);
    writeFileSync(store.pathOf(hash), '');
    await store.putFile(path);
    expect(store.read(hash)).toEqual(bytes);
  });
});

test.each([
  '',
  'abc',
  '../../../etc/passwd',
  '0'.repeat(63),
  '0'.repeat(65),
  `../${'0'.repeat(61)}`,
  'A'.repeat(64),
  `${'0'.repeat(64)}\n`,
  `${'0'.repeat(63)}/`,
])('%j is no content hash, and no path is made of it', (hash) => {
  expect(() => store.pathOf(hash)).toThrow(expect.objectContaining({ code: 'invalid-value' }));
  expect(() => store.read(hash)).toThrow(expect.objectContaining({ code: 'invalid-value' }));
});

describe('What cannot be kept is refused in a sentence and leaves nothing behind', () => {
  test('a missing file, a folder, a broken link', async () => {
    symlinkSync(join(world, 'nowhere'), join(world, 'link'));
    for (const path of [join(world, 'nowhere'), world, join(world, 'link')]) {
      await expect(store.putFile(path)).rejects.toThrow(saying('file-system', path));
    }
    expect(existsSync(folder)).toBe(false);
  });

  test('a device that never ends', async () => {
    await expect(store.putFile('/dev/zero')).rejects.toThrow(saying('file-system', '/dev/zero is no plain file'));
  });

  test('a content folder that is in the way', async () => {
    mkdirSync(join(world, 'weir.db.files'));
    writeFileSync(folder, 'a file');
    writeFileSync(join(world, 'model.bin'), 'x');
    expect(() => store.put(Buffer.from('x'))).toThrow(saying('file-system', folder));
    await expect(store.putFile(join(world, 'model.bin'))).rejects.toThrow(saying('file-system', folder));
  });

  test('a place that is taken by a folder: no temporary file stays', async () => {
    const bytes = Buffer.from('x');
    writeFileSync(join(world, 'model.bin'), bytes);
    mkdirSync(join(store.pathOf(sha256(bytes)), 'in-the-way'), { recursive: true });
    expect(() => store.put(bytes)).toThrow(saying('file-system', folder));
    await expect(store.putFile(join(world, 'model.bin'))).rejects.toThrow(saying('file-system', folder));
    expect(files()).toEqual([]);
  });
});
