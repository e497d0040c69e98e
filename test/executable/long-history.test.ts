/** A server on a file with very many runs: it starts as on an empty one. 1 000 000 are measured by `npm run bench -- full-start`. */
import { mkdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { addRuns } from '../support/many-runs.ts';
import { weirWorld } from '../support/weir.ts';

const RUNS = 150_000;
const START_MS = 1000;
const ROUNDS = 8;
/** More memory than on an empty file, kB. */
const MEMORY_KB = 48 * 1024;

test(`F19 with ${RUNS} runs in its history a server is ready in under a second, with as much memory as without any, and what it is asked is answered at once`, async () => {
  const world = weirWorld();
  mkdirSync(`${world.folder}/flows`);
  await world.weir(['runs']);
  const empty = await startsIn();
  addRuns(world.db, { runs: RUNS, flows: 40 });
  let full = await startsIn();
  // On a busy machine one start tells little: the one that needed least does, and what it needed of the processor is its
  // own, whoever else is busy.
  for (let round = 1; round < ROUNDS && full.ms >= START_MS && full.cpuMs >= START_MS; round++) full = await startsIn();
  expect(Math.min(full.ms, full.cpuMs)).toBeLessThan(START_MS);
  expect(full.peakKb).toBeLessThan(empty.peakKb + MEMORY_KB);
  const { stdout } = await world.weir(['status']);
  expect(stdout).toMatch(/flow-1 .*✓ \d+, /);

  async function startsIn(): Promise<{ ms: number; cpuMs: number; peakKb: number }> {
    const startedAt = performance.now();
    const server = world.start(['up', 'flows', '--port', '0']);
    const [, url = ''] = await server.until(/(http:\/\/\S+) shows what runs/);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const ms = performance.now() - startedAt;
    const cpuMs = processorMs(server.pid);
    expect((await fetch(url)).status).toBe(200);
    const peakKb = Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]);
    server.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0 });
    return { ms, cpuMs, peakKb };
  }
});

/** What a process has used of the processor, ms: user and system, in hundredths of a second. */
function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
