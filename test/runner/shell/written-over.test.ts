import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeOver } from '../../../src/runner/shell/written-over.ts';

function place() {
  const folder = mkdtempSync(join(tmpdir(), 'weir-test-'));
  return { folder, path: join(folder, 'inputs.json'), other: join(folder, 'other') };
}

describe('a file that Weir writes again and again', () => {
  it('is made, then filled again, longer or shorter, and stays the same file', () => {
    const { path } = place();
    writeOver(path, '{"item":1}');
    const { ino } = statSync(path);
    for (const text of ['{"item":"a longer one, äöü"}', '{}', '']) {
      writeOver(path, text);
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
    expect(statSync(path).ino).toBe(ino);
  });

  it('is never written through what a command has put in its place', () => {
    const { path, other } = place();
    const left: Readonly<Record<string, () => void>> = {
      'a link': () => symlinkSync(other, path),
      'a second name of a file': () => linkSync(other, path),
      'a pipe': () => execFileSync('mkfifo', [path]),
      'a folder with something in it': () => {
        mkdirSync(path);
        writeFileSync(join(path, 'x'), 'x');
      },
    };
    for (const [what, leave] of Object.entries(left)) {
      writeFileSync(other, "the command's own");
      leave();
      writeOver(path, `after ${what}`);
      expect(readFileSync(path, 'utf8')).toBe(`after ${what}`);
      expect(lstatSync(path).isFile()).toBe(true);
      expect(readFileSync(other, 'utf8')).toBe("the command's own");
      unlinkSync(path);
      unlinkSync(other);
    }
  });
});
