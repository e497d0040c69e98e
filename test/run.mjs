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

const results = join(root, 'dist', 'test-results.json');
rmSync(results, { force: true });
const types = run('types', 'typescript/bin/tsc', ['-p', '.']);
const lint = run('lint', '@biomejs/biome/bin/biome', ['ci', '.']);
const tests = run('tests', 'vitest/vitest.mjs', [
  'run', '--config', 'test/vitest.config.ts', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`,
  ...process.argv.slice(2),
]);

const report = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : null;
const checks = [types, lint].filter(Boolean).length;
const passed = (report?.numPassedTests ?? 0) + checks;
// A file that does not even load has no tests that could fail: it counts as one.
const unloaded = report?.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length ?? 1;
let failed = (report?.numFailedTests ?? 0) + unloaded + (2 - checks);
const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
if (failed === 0 && !tests) failed = 1;
for (const file of report?.testResults ?? []) {
  for (const test of file.assertionResults) if (test.status === 'pending') console.log(`skipped: ${test.fullName}`);
}
if (skipped > 0 && env.WEIR_TEST_ALL === '1') {
  console.log('WEIR_TEST_ALL is set: nothing may be skipped');
  failed += skipped;
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed === 0 ? 0 : 1;

function run(title, script, args) {
  console.log(`\n${title}`);
  const { status } = spawnSync(node, [join(root, 'node_modules', script), ...args], { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  return status === 0;
}
