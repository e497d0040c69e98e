/**
 * `npm test`: types, lint, then all tests against sources and executable. Installs and builds what is missing.
 * The last line is `N passed, N failed` (types and lint count as one each). Arguments are handed to vitest.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, env, install, node, root } from './support/prepare.mjs';

install();
build();

/** Five times what all tests take: who waits for them is told that they did not end. */
const LONGEST_MS = 60 * 60_000;
const results = join(root, 'dist', 'test-results.json');
rmSync(results, { force: true });
const types = run('types', 'typescript/bin/tsc', ['-p', '.']);
const lint = run('lint', '@biomejs/biome/bin/biome', ['ci', '.']);
const tests = run('tests', 'vitest/vitest.mjs', [
  'run', '--config', 'test/vitest.config.ts', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`,
  ...process.argv.slice(2),
], LONGEST_MS);

const report = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : null;
const checks = [types, lint].filter(Boolean).length;
const passed = (report?.numPassedTests ?? 0) + checks;
// A file that does not even load has no tests that could fail: it counts as one.
const unloaded = report?.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length ?? 1;
// A process that was ended, or died, leaves tests that never came to an end: each counts as failed.
const unfinished = (report?.testResults ?? []).flatMap((file) => file.assertionResults.filter((test) => test.status === 'pending').map((test) => `${file.name}: ${test.fullName}`));
for (const test of unfinished) console.log(`unfinished: ${test}`);
let failed = (report?.numFailedTests ?? 0) + unloaded + unfinished.length + (2 - checks);
const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
if (failed === 0 && !tests) failed = 1;
for (const file of report?.testResults ?? []) {
  for (const test of file.assertionResults) if (test.status === 'skipped' || test.status === 'todo') console.log(`skipped: ${test.fullName}`);
}
if (skipped > 0 && env.WEIR_TEST_ALL === '1') {
  console.log('WEIR_TEST_ALL is set: nothing may be skipped');
  failed += skipped;
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed === 0 ? 0 : 1;

function run(title, script, args, limitMs) {
  console.log(`\n${title}`);
  const { status, error } = spawnSync(node, [join(root, 'node_modules', script), ...args], {
    cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'], timeout: limitMs, killSignal: 'SIGKILL',
  });
  if (error !== undefined) console.log(`${title}: ${error.code === 'ETIMEDOUT' ? `not over after ${limitMs / 60_000} minutes, and ended` : error.message}`);
  return status === 0;
}
