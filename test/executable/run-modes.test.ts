/** weir run in its other ways: detached, only in words, and for a certain slot. */
import { expect, test } from 'vitest';
import { waitFor, weirWorld } from '../support/weir.ts';

const FLOW = `
  import { context, flow, z } from 'weir';
  import { existsSync } from 'node:fs';
  export default flow(
    { name: 'nightly', schedule: { cron: '0 6 * * MON', timezone: 'Europe/Berlin' }, tags: ['a'],
      params: z.object({ n: z.number().default(3), city: z.string() }), concurrencyLimits: { gpu: 2 } },
    async ({ city }) => {
      while (city === 'waits' && !existsSync('go')) await new Promise((done) => setTimeout(done, 5));
      return context().slot;
    });`;

function worldWithFlow() {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  return world;
}

test('--dry-run says what would run, with defaults, and records nothing', async () => {
  const world = worldWithFlow();
  const { code, stdout } = await world.weir([
    'run',
    'flow.ts',
    '--dry-run',
    '-p',
    'city=Rome',
    '--tag',
    'b',
    '--infra',
    'process',
  ]);
  expect(code).toBe(0);
  for (const part of ['nightly would run', 'city = "Rome"', 'n = 3 (default)', 'a, b', 'gpu 2', 'in a process'])
    expect(stdout).toContain(part);
  const missing = await world.weir(['run', 'flow.ts', '--dry-run', '--json']);
  expect(missing.code).toBe(2);
  expect(JSON.parse(missing.stdout)).toMatchObject({ schema: 'weir.dry-run/1', params: { n: 3 }, missing: ['city'] });
  expect(world.rows('select id from flow_runs')).toEqual([]);
});

test('a manual run gets the newest due time of its schedule, or the slot that is asked for in its zone', async () => {
  const world = worldWithFlow();
  const run = async (...args: string[]) =>
    await world.json<{ slot: string; result: { time: string; start: string; end: string; coversFrom: string | null } }>(
      ['run', 'flow.ts', '-p', 'city=Rome', ...args],
    );
  const newest = await run();
  const time = new Date(newest.slot);
  expect([time.getUTCDay(), time.getTime() <= Date.now(), Date.now() - time.getTime() < 8 * 86_400_000]).toEqual([
    1,
    true,
    true,
  ]);
  const asked = await run('--slot', '2026-07-06 06:00');
  expect(asked.result).toEqual({
    time: '2026-07-06T04:00:00.000Z',
    start: '2026-06-29T04:00:00.000Z',
    end: '2026-07-06T04:00:00.000Z',
    coversFrom: null,
    zone: 'Europe/Berlin',
  });
  expect((await run('--slot', '2026-07-13T04:00Z')).result.coversFrom).toBe('2026-07-06T04:00:00.000Z');
  const todayInBerlin = () => Temporal.Now.plainDateISO('Europe/Berlin').toString();
  const day = todayInBerlin();
  const { time: today } = (await run('--slot', '06:00')).result;
  const told = Temporal.Instant.from(today).toZonedDateTimeISO('Europe/Berlin').toPlainDateTime().toString();
  // Midnight may have come in between.
  expect([`${day}T06:00:00`, `${todayInBerlin()}T06:00:00`]).toContain(told);
  const wrong = await world.weir(['run', 'flow.ts', '-p', 'city=Rome', '--slot', 'monday']);
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  expect(wrong.stderr).toContain('--slot: "monday" is not a time');
});

test('--detach prints the number and goes; a process of its own executes the run', async () => {
  const world = worldWithFlow();
  const { code, stdout, stderr } = await world.weir(['run', 'flow.ts', '--detach', '-p', 'city=waits']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '1\n' });
  expect(stderr).toContain('executed by a process of its own; follow it: weir watch 1');
  await waitFor('the run to begin', async () => (await world.runs())[0]?.state.name === 'Running');
  world.write('go', '');
  expect(await world.weir(['wait', '1'])).toMatchObject({ code: 0 });
  await waitFor('its process to be gone', () => world.processes().length === 0);
});

test('--detach leaves the run to a living server', async () => {
  const world = worldWithFlow();
  const server = world.start(['up', 'flow.ts', '--port', '0']);
  await server.until(/shows what runs/);
  const { code, stdout, stderr } = await world.weir(['run', 'flow.ts', '--detach', '-p', 'city=Rome']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '1\n' });
  expect(stderr).toContain('executed by the server');
  expect(await world.weir(['wait', '1', '--timeout', '40s'])).toMatchObject({ code: 0 });
  const { stdout: json } = await world.weir(['run', 'flow.ts', '--detach', '--json', '-p', 'city=Rome']);
  expect(JSON.parse(json)).toMatchObject({ schema: 'weir.run/1', id: 2, flow: 'nightly', states: expect.any(Array) });
  server.kill('SIGTERM');
  await server.ended;
});

test('a run that waits for a server is waited for, which says that none is running; cancelled, it took no time', async () => {
  const world = weirWorld();
  world.write('flows/nightly.ts', "import { flow } from 'weir'; export default flow({ name: 'nightly' }, () => 1);");
  const server = world.start(['up', 'flows', '--port', '0']);
  await server.until(/shows what runs/);
  server.kill('SIGTERM');
  await server.ended;
  await world.weir(['deployment', 'run', 'nightly']);
  const { code, stderr } = await world.weir(['wait', '1', '--timeout', '50ms']);
  expect(code).toBe(8);
  expect(stderr).toBe(
    'run 1 waits for a server, and none is running: weir up\nafter 50ms run 1 still waits for a server: weir up\n',
  );
  await world.weir(['cancel', '1']);
  expect((await world.weir(['watch', '1'])).stderr).toMatch(/run 1: Cancelled: cancelled by weir cancel ?\n/);
});
