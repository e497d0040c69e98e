/** Which file `weir run FILE` means, and what is said where it is none. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseTarget } from '../../../src/cli/runs/target.ts';

test('a link whose file is gone is told as such, and its own name is not proposed in its place', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-target-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const link = join(folder, 'nightly.yaml');
  symlinkSync('gone.yaml', link);
  expect(() => parseTarget(link)).toThrow(`${link} is a link to gone.yaml, which is not there`);
  writeFileSync(join(folder, 'gone.yaml'), 'tasks: { t: { run: x } }');
  expect(parseTarget(link)).toEqual({ path: link, flow: null });
});
