/** Time as it is asked for and told on the command line: what lies ahead, what became of it, what is made up for. */
import { expect, test } from 'vitest';
import { waitFor, weirWorld } from '../support/weir.ts';

interface Listed<Item> {
  readonly schema: string;
  readonly items: Item[];
  readonly next: string | null;
}
interface SlotItem {
  readonly deployment: string;
  readonly schedule: string;
  readonly slot: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly run: number | null;
  readonly note: string | null;
}

const TICKING = `name: ticking
schedule: [{ name: fast, interval: 1s, overlap: allow_all }, { name: yearly, cron: "0 6 1 1 *", timezone: Europe/Berlin }]
tasks:
  tick: { run: "true" }
`;

test('an expression is put into words with its next due times, and needs no database', async () => {
  const world = weirWorld();
  const told = await world.weir(['schedule', 'next', '30 2 * * MON', '--tz', 'Europe/Berlin', '--limit', '2']);
  expect(told).toMatchObject({ code: 0, stderr: '' });
  expect(told.stdout).toMatch(
    /^30 2 \* \* MON {2}at 02:30, only on Monday, Europe\/Berlin\ndue \(Europe\/Berlin\) +in\nMon /,
  );
  expect(told.stdout.trim().split('\n')).toHaveLength(4);
  expect(world.rows('select 1')).toEqual([]);
  const refused = await world.weir(['schedule', 'next', '@dayly']);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('Did you mean @daily?');
});

test('a file that is not deployed is simulated over a sleep, and nothing is recorded', async () => {
  const world = weirWorld();
  world.write('nightly.yaml', 'schedule: "30 2 * * *"\ntimezone: Europe/Berlin\ntasks:\n  a: { run: "true" }\n');
  const args = ['schedule', 'simulate', 'nightly.yaml', '--from', '2027-03-27', '--to', '2027-03-30'];
  const simulated = await world.json<Listed<SlotItem> & { outcomes: object }>([
    ...args,
    ...['--sleep', '2027-03-28T22:00..10h', '--tz', 'Europe/Berlin'],
  ]);
  expect(simulated.outcomes).toEqual({ ran: 3, caught_up: 1 });
  expect(simulated.items[1]).toMatchObject({
    slot: '2027-03-28T03:00:00.000+02:00',
    note: '03:00 instead of 02:30: the clocks go forward',
  });
  expect(simulated.items[2]).toMatchObject({ outcome: 'caught_up', starts_at: '2027-03-29T08:00:00.000+02:00' });
  expect((await world.weir(args)).stdout).toContain('4 due: 4 ran');
  expect(world.rows('select 1')).toEqual([]);
});

test('due times are listed ahead and past, and those of the past get runs that a server executes, once each', async () => {
  const world = weirWorld();
  world.write('ticking.yaml', TICKING);
  const server = world.start(['up', '--port', '0', 'ticking.yaml']);
  await waitFor('a slot that ran', () => world.rows("select 1 from slots where outcome = 'ran'").length > 0);

  const next = await world.json<Listed<object>>(['schedule', 'next', 'ticking', '--limit', '2']);
  expect(next).toEqual({
    schema: 'weir.schedule-next/1',
    items: [1, 2].map(() => ({ deployment: 'ticking/default', at: expect.any(String), why_not: null, note: null })),
    next: null,
  });
  const { items } = await world.json<Listed<SlotItem>>([
    'schedule',
    'slots',
    'ticking',
    '--outcome',
    'ran',
    '--limit',
    '1',
  ]);
  expect(items).toEqual([
    {
      ...{ deployment: 'ticking/default', schedule: 'fast', outcome: 'ran' },
      ...{ slot: expect.any(String), reason: null, run: expect.any(Number), note: null },
    },
  ]);
  const why = await world.weir(['why', `ticking@${items[0]?.slot}`]);
  expect(why.stdout).toContain(`a run was started. Run ${items[0]?.run} is `);

  const span = ['--schedule', 'yearly', '--from', '2024-01-01', '--to', '2026-01-01'];
  const backfill = ['deployment', 'backfill', 'ticking', ...span];
  const dry = await world.weir([...backfill, '--dry-run']);
  expect(dry.stderr).toContain('3 runs would be made; nothing was started');
  // Two at the same moment: each due time gets one run.
  const both = await Promise.all([world.json<Listed<SlotItem>>(backfill), world.json<Listed<SlotItem>>(backfill)]);
  const made = both.flatMap((each) => each.items);
  expect(made.map(({ slot }) => slot).sort()).toEqual([2024, 2025, 2026].map((year) => `${year}-01-01T05:00:00.000Z`));
  for (const { run } of made) expect(await world.weir(['wait', String(run)])).toMatchObject({ code: 0 });
  expect((await world.show(made[0]?.run ?? 0)).trigger).toBe('backfill');
  expect((await world.weir(backfill)).stderr).toContain('nothing to make up for');

  // A mistyped deployment, outcome or time is told what was probably meant.
  const cases: [string[], RegExp, number][] = [
    [['schedule', 'next', 'tickin'], /no deployment "tickin"\n.*did you mean ticking\?/, 1],
    [['schedule', 'slots', 'ticking', '--outcome', 'mised'], /did you mean missed\?/, 2],
    [['schedule', 'slots', '--from', 'yesterday'], /--from: "yesterday" is not a time/, 2],
    [['schedule', 'simulate', '@daily', '--sleep', '8h'], /--sleep: "8h" is no stretch of time/, 2],
    [['deployment', 'backfill', 'ticking', '--from', '7d', '--schedule', 'yerly'], /did you mean yearly\?/, 1],
    [['deployment', 'backfill', 'ticking'], /--from is missing/, 2],
  ];
  for (const [args, said, code] of cases) {
    const outcome = await world.weir(args);
    expect(outcome.stderr, args.join(' ')).toMatch(said);
    expect(outcome.code).toBe(code);
  }
  server.kill('SIGTERM');
  expect((await server.ended).code).toBe(0);
});

test('deployments by rule, at boot, with jitter and paused for a while are told in words that say when', async () => {
  const world = weirWorld();
  const flow = (schedule: string) => `schedule: ${schedule}\ntasks: { a: { run: "true" } }\n`;
  const rule = 'DTSTART;TZID=Europe/Berlin:20260105T060000 RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO';
  world.write('flows/ruled.yaml', flow(`{ rrule: "${rule}" }`));
  world.write('flows/booted.yaml', flow('"@reboot"'));
  world.write('flows/spread.yaml', flow('{ cron: "0 6 * * *", timezone: UTC, jitter: 30m }'));
  for (const name of ['ruled', 'booted', 'spread'])
    expect((await world.weir(['deployment', 'create', `flows/${name}.yaml`])).code).toBe(0);
  await world.weir(['deployment', 'pause', 'spread', '--reason', 'migration', '--until', '2h']);
  const list = (await world.weir(['deployment', 'ls'])).stdout;
  expect(list).toMatch(/ruled +every 2 weeks on Monday at 06:00.* +20\d\d-/);
  expect(list).toMatch(/booted +@reboot +at boot/);
  expect(list).toMatch(/spread .* paused until 20\d\d-\d\d-\d\d \d\d:\d\d/);
  const inspect = async (name: string) => (await world.weir(['deployment', 'inspect', name])).stdout;
  expect(await inspect('ruled')).toMatch(
    /FREQ=WEEKLY\S* \(every 2 weeks on Monday at 06:00.*\) in Europe\/Berlin, next /,
  );
  expect(await inspect('booted')).toMatch(/@reboot in \S+, at the next boot of the machine/);
  expect(await inspect('spread')).toMatch(/paused +by \S+ until 20\d\d-.*: migration/);
  expect((await world.weir(['why', 'booted'])).stdout).not.toMatch(/never|not due any more/);
  await world.weir(['deployment', 'resume', 'spread']);
  const { items } = await world.json<{ items: { at: string; note: string }[] }>(['schedule', 'next', 'spread']);
  const note = items[0]?.note ?? '';
  expect(note).toMatch(/^jitter holds it back by \d/);
  expect(items.every((item) => item.note === note)).toBe(true);
  // The same that the schedule waits for.
  const [row] = world.rows<{ held: number }>(
    "select wake_at - next_at as held from schedules where spec like '%jitter%' and wake_at > next_at",
  );
  const minutes = Math.floor((row?.held ?? 0) / 60_000);
  if (minutes > 0) expect(note).toContain(`${minutes}m`);
});
