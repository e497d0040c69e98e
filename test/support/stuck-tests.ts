/**
 * Ends a test that keeps its process to itself: a loop, or a call that never returns, is beyond vitest's time limits, and
 * one such test would hold up all that are behind it until somebody ends the whole. It is told by its name and fails; the
 * files behind it still run. Each process of tests says by `test-mark.ts` what it is at.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './marked-processes.ts';

/** Beyond the test's own limit: who is busy with its end, or on a busy machine, is not stuck. */
const GRACE_MS = Number(process.env.WEIR_TEST_STUCK_MS ?? 60_000);
const LOOK_EVERY_MS = Math.min(GRACE_MS, 5000);

// biome-ignore lint/style/noDefaultExport: vitest calls the default export of a global setup
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'weir-test-marks-'));
  // Inherited by the processes of tests.
  process.env.WEIR_TEST_MARKS = folder;
  const timer = setInterval(() => {
    for (const pid of readdirSync(folder).map(Number).filter(Number.isInteger)) endIfStuck(folder, pid);
  }, LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
    rmSync(folder, { recursive: true, force: true });
  };
}

function endIfStuck(folder: string, pid: number): void {
  const path = join(folder, String(pid));
  // A number may be somebody else's by now: a process that has ended has no mark any more.
  if (!isAlive(pid)) return rmSync(path, { force: true });
  const [limit = '', name = ''] = readFileSync(path, 'utf8').split('\t');
  const heldMs = Date.now() - statSync(path).mtimeMs;
  if (limit === '' || heldMs <= Number(limit) + GRACE_MS) return;
  rmSync(path, { force: true });
  console.error(`\nstuck: ${name} has kept its process for ${Math.round(heldMs / 1000)} s and is ended (pid ${pid})\n`);
  process.kill(pid, 'SIGKILL');
}
