/** F13: whatever a shell task leaves behind is gone however the task ends: by itself, by a cancel, a timeout, a crash. */
import { readFileSync, readlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isAlive, zombiesOf } from '../support/marked-processes.ts';
import { EXECUTABLE, type Running, type World, waitFor, weirWorld } from '../support/weir.ts';

/** Beside the shell, below it, in sessions of their own, in a group of its own, holding its output, deaf to SIGTERM. */
const LEFTOVERS = `
  sleep 1001 &
  (setsid bash -c 'sleep 1002 & sleep 1003 & exec sleep 1004' >/dev/null 2>&1 &)
  (trap "" TERM; exec setsid sleep 1005) &
  set -m; sleep 1006 & set +m
  while [ ! -e go ]; do sleep 0.05; done
  echo through`;
const ALL = 6;

const flow = (options: { readonly flow?: string; readonly task?: string }) => `
  import { flow, sh } from 'weir';
  export default flow({ name: 'messy'${options.flow ?? ''} }, async () => {
    const { stdout } = await sh({ name: 'mess'${options.task ?? ''} })\`${LEFTOVERS}\`;
    return stdout.trim();
  });`;
const SCHEDULED = { flow: ", schedule: { cron: '* * * * * *', seconds: true }" };

function sleepers(world: World): number[] {
  return world.processes().filter((pid) => /^sleep 100[1-6]$/.test(commandOf(pid)));
}

async function untilAllSleep(world: World): Promise<number[]> {
  await waitFor('all of them to sleep', () => sleepers(world).length >= ALL);
  return sleepers(world);
}

async function begin(options = {}): Promise<{ world: World; running: Running }> {
  const world = weirWorld();
  world.write('flow.ts', flow(options));
  const running = world.start(['run', 'flow.ts']);
  await untilAllSleep(world);
  return { world, running };
}

async function up(world: World, env: Record<string, string> = {}): Promise<Running> {
  const server = world.start(['up', '.', '--port', '0'], { env });
  await server.until(/http:\/\/\S+/);
  return server;
}

/** All at once: what is deaf to SIGTERM takes the whole grace of ten seconds each time. */
test('F13 nothing that a shell task leaves behind outlives it, however it ends', async () => {
  await Promise.all([afterItsEnd(), afterACancel(), afterATimeLimit(), besideAServer(), afterADrain()]);
});

async function afterItsEnd(): Promise<void> {
  const { world, running } = await begin();
  world.write('go', '');
  expect(await running.ended).toMatchObject({ code: 0, stdout: 'through\n' });
  expect(world.processes()).toEqual([]);
}

async function afterACancel(): Promise<void> {
  const { world, running } = await begin();
  await world.weir(['cancel', '1']);
  expect((await running.ended).code).toBe(6);
  expect(world.processes()).toEqual([]);
}

async function afterATimeLimit(): Promise<void> {
  const { world, running } = await begin({ task: ", timeout: '15s'" });
  expect((await running.ended).code).toBe(5);
  expect(world.processes()).toEqual([]);
  expect((await world.show()).tasks[0]?.state.name).toBe('TimedOut');
}

async function besideAServer(): Promise<void> {
  const world = weirWorld();
  world.write('flow.ts', flow(SCHEDULED));
  const server = await up(world);
  const before = await untilAllSleep(world);
  world.write('go', '');
  await waitFor('the run to complete', () => world.rows("select 1 from flow_runs where state_name = 'Completed'")[0]);
  expect(before.filter(isAlive)).toEqual([]);
  for (const pid of world.processes().filter(isWeir)) expect(zombiesOf(pid)).toEqual([]);
  server.kill('SIGTERM');
  expect((await server.ended).code).toBe(0);
  expect(world.processes()).toEqual([]);
}

async function afterADrain(): Promise<void> {
  const world = weirWorld();
  world.write('flow.ts', flow(SCHEDULED));
  const server = await up(world, { WEIR_DRAIN: '100ms' });
  await untilAllSleep(world);
  server.kill('SIGTERM');
  expect((await server.ended).code).toBe(0);
  expect(world.processes()).toEqual([]);
  expect(world.rows("select attempt from flow_runs where state_name = 'AwaitingResume'")).toEqual([{ attempt: 1 }]);
}

test('F13 what a killed server and its helper leave behind is ended before the run goes on', async () => {
  const world = weirWorld();
  world.write('flow.ts', flow(SCHEDULED));
  await up(world);
  const before = await untilAllSleep(world);
  // Both at once: nobody is left who could see to it.
  for (const pid of world.processes()) if (isWeir(pid)) process.kill(pid, 'SIGKILL');
  await waitFor('both to be gone', () => !world.processes().some(isWeir));
  expect(before.every(isAlive)).toBe(true);
  const second = await up(world);
  await waitFor('the run to go on', () => world.rows('select 1 from flow_runs where attempt = 2')[0]);
  await untilAllSleep(world);
  expect(before.filter(isAlive)).toEqual([]);
  // Killed alone, its helper sees to everything.
  second.kill('SIGKILL');
  await waitFor('everything to be gone', () => world.processes().length === 0);
});

function isWeir(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) === EXECUTABLE;
  } catch {
    return false;
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
