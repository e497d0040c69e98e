/** In each process of tests: says what it is at, for `stuck-tests.ts`, which cannot ask a process that never listens. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach } from 'vitest';

const { WEIR_TEST_MARKS: folder } = process.env;

beforeEach(({ task, onTestFinished }) => {
  say(task.timeout, `${task.file.name} > ${task.fullTestName}`);
  onTestFinished(() => say(task.timeout, `${task.file.name}, after ${task.fullTestName}`));
});

/** Whole at once: it is read at any moment. */
function say(limitMs: number, name: string): void {
  if (folder === undefined) return;
  const path = join(folder, String(process.pid));
  writeFileSync(`${path}~`, `${limitMs}\t${name}`);
  renameSync(`${path}~`, path);
}
