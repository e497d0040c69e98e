/**
 * F4, F5, F6 with the executable and a clock on the wall that is set under it: eight hours of sleep, and both clock
 * changes of a year. Every due time has one answer, late ones with a reason.
 */
import { expect, test } from 'vitest';
import { type FakedClock, fakedClock, hasFakedClock } from '../support/faked-clock.ts';
import { type Running, type World, waitFor, weirWorld } from '../support/weir.ts';

const HOUR = 3_600_000;

interface Row {
  readonly flow: string;
  readonly at: number;
  readonly until: number;
  readonly count: number;
  readonly outcome: string;
  readonly reason: string | null;
}

const flowFile = (schedule: string, timezone: string) => `schedule: ${schedule}
timezone: ${timezone}
tasks: { say: { run: echo done } }
`;

function slots(world: World, flow: string): Row[] {
  return world.rows<Row>(
    `select deployments.flow, slots.at, coalesce(slots.until_at, slots.at) as until, slots.count, slots.outcome, slots.reason
     from slots join schedules on schedules.id = slots.schedule_id
     join deployments on deployments.id = schedules.deployment_id
     where deployments.flow = ? order by slots.at`,
    flow,
  );
}

async function up(world: World, clock: FakedClock): Promise<Running> {
  const server = world.start(['up', 'flows', '--port', '0'], { env: clock.env });
  await server.until(/shows what runs/);
  return server;
}

/** Another process writes: the scheduler reads the clock again, as it does by itself every 30 s. */
async function look(world: World, clock: FakedClock): Promise<void> {
  const { code, stderr } = await world.weir(['variable', 'set', 'now', String(clock.now())], { env: clock.env });
  expect(code, stderr).toBe(0);
}

test.skipIf(!hasFakedClock)(
  'F6, F4: over eight hours of sleep each schedule catches up by its rule, with one reason for each slot, and a clock that goes back fires none twice',
  async () => {
    const world = weirWorld();
    // Long before the first due time: the server may take a while to start.
    const clock = fakedClock(world.folder, '2026-03-10T00:30:00');
    for (const catchup of ['latest', 'skip', 'all'])
      world.write(`flows/${catchup}.yaml`, flowFile(`{ cron: "0 * * * *", catchup: ${catchup} }`, 'UTC'));
    const server = await up(world, clock);
    const isDone = (runs: number) =>
      world.rows("select 1 from flow_runs where state_type = 'COMPLETED'").length === runs;
    clock.set('2026-03-10T00:59:59');
    await look(world, clock);
    await waitFor('the slots of one o’clock', () => isDone(3));
    clock.set('2026-03-10T09:05:00');
    await look(world, clock);
    await waitFor('what is caught up', () => isDone(3 + 1 + 8));
    const told = (flow: string) => slots(world, flow).map(({ outcome, count }) => `${outcome} ${count}`);
    expect(told('latest')).toEqual(['ran 1', 'missed 7', 'caught_up 1']);
    expect(told('skip')).toEqual(['ran 1', 'missed 8']);
    expect(told('all')).toEqual(['ran 1', ...Array.from({ length: 8 }, () => 'caught_up 1')]);
    for (const flow of ['latest', 'skip', 'all']) {
      const rows = slots(world, flow);
      for (const [index, { at, outcome, reason }] of rows.entries()) {
        if (index > 0) expect(at, flow).toBe((rows[index - 1]?.until ?? 0) + HOUR);
        if (outcome !== 'ran') expect(reason, flow).toMatch(/from 2026-03-10 0[01]:\d\d:\d\d to 2026-03-10 09:05:/);
      }
    }
    const runs = world.rows('select flow, slot_at from flow_runs');
    expect(new Set(runs.map((run) => JSON.stringify(run))).size).toBe(runs.length);
    clock.set('2026-03-10T00:59:57');
    await look(world, clock);
    // Past a due time that has its answer already.
    await waitFor('one o’clock to pass again', () => clock.now() > Date.parse('2026-03-10T01:00:01Z'));
    await look(world, clock);
    clock.set('2026-03-10T10:00:01');
    await look(world, clock);
    await waitFor('the slots of ten o’clock', () => isDone(3 + 1 + 8 + 3));
    expect(told('latest').slice(-1)).toEqual(['ran 1']);
    expect(world.rows('select flow, slot_at from flow_runs')).toHaveLength(15);
    server.kill('SIGTERM');
    await server.ended;
  },
);

const SPRING = {
  what: 'in spring',
  from: '2026-03-29T00:31:00',
  to: '2026-03-29T02:00:01',
  // 02:00 to 03:00 does not exist: 01:00 UTC is three o’clock.
  due: {
    fixed: ['01:00'],
    quarters: ['01:00'],
    all: ['00:45', '01:00', '01:15', '01:30', '01:45', '02:00'],
    hourly: ['01:00', '02:00'],
  },
};
const AUTUMN = {
  what: 'in autumn',
  from: '2026-10-24T23:46:00',
  to: '2026-10-25T02:00:01',
  // 02:00 to 03:00 comes twice: from 00:00 and from 01:00 UTC.
  due: {
    fixed: ['00:30'],
    quarters: ['00:00', '00:15', '00:30', '00:45'],
    all: ['00:00', '00:15', '00:30', '00:45', '01:00', '01:15', '01:30', '01:45', '02:00'],
    hourly: ['00:00', '01:00', '02:00'],
  },
};

test.skipIf(!hasFakedClock).each([SPRING, AUTUMN])(
  'F5: over the clock change $what each slot runs once, at the time that its rule says',
  async ({ from, to, due }) => {
    const world = weirWorld();
    const clock = fakedClock(world.folder, from);
    const expressions = { fixed: '30 2 * * *', quarters: '*/15 2 * * *', all: '*/15 * * * *', hourly: '0 * * * *' };
    for (const [name, expression] of Object.entries(expressions))
      world.write(`flows/${name}.yaml`, flowFile(`"${expression}"`, 'Europe/Berlin'));
    const server = await up(world, clock);
    const QUARTER = HOUR / 4;
    const end = Date.parse(`${to}Z`);
    const ran = (flow: string) =>
      slots(world, flow)
        .filter(({ outcome }) => outcome === 'ran')
        .map(({ at }) => new Date(at).toISOString().slice(11, 16));
    for (let at = Math.ceil(Date.parse(`${from}Z`) / QUARTER) * QUARTER; at <= end; at += QUARTER) {
      clock.set(at + 500);
      await look(world, clock);
      await waitFor('the slots of this quarter', () => ran('all').includes(new Date(at).toISOString().slice(11, 16)));
      // Else the next one would find it running still.
      await waitFor('its runs', () => world.rows('select 1 from flow_runs where end_at is null').length === 0);
    }
    for (const [flow, times] of Object.entries(due)) {
      expect(ran(flow), flow).toEqual(times);
      // What no run stands for is told as the clock change that it is.
      expect(slots(world, flow).filter(({ outcome }) => !['ran', 'suppressed'].includes(outcome))).toEqual([]);
    }
    server.kill('SIGTERM');
    await server.ended;
  },
);
