/** The ledger of all schedules as one list, a page at a time. */
import { expect, test } from 'vitest';
import { type LedgerQuery, ledgerPage } from '../../src/engine/tell/ledger.ts';
import { instant, type ScheduleWorld, scheduleWorld } from '../support/schedule-world.ts';

const HOUR = 3_600_000;

async function world(): Promise<ScheduleWorld> {
  const made = scheduleWorld();
  await made.deploy('etl', ['0 * * * *', '0 3 * * *']);
  await made.deploy('report', { cron: '30 * * * *', catchup: 'skip' });
  await made.pass(1000);
  await made.restart(4 * HOUR);
  return made;
}

function page(made: ScheduleWorld, query: Partial<LedgerQuery> = {}) {
  const deploymentIds = made.store.deployments.all().map(({ id }) => id);
  const all = { from: 0, to: Number.MAX_SAFE_INTEGER - 1, outcomes: [], behind: null, limit: 100 };
  return ledgerPage(made.store, { deploymentIds, ...all, ...query });
}

function told(found: ReturnType<typeof page>): string[] {
  return found.map(
    ({ deployment, slot }) => `${new Date(slot.at).toISOString().slice(11, 16)} ${deployment} ${slot.outcome}`,
  );
}

const ALL = [
  '04:00 etl/default ran',
  '03:30 report/default missed',
  '03:00 etl/default caught_up',
  '03:00 etl/default caught_up',
  '02:30 report/default missed',
  '02:00 etl/default missed',
  '01:30 report/default missed',
  '01:00 etl/default missed',
  '00:30 report/default missed',
];

test('the ledger lists due times of all schedules, the newest first', async () => {
  expect(told(page(await world()))).toEqual(ALL);
});

test('pages follow each other without a gap, also in the middle of one moment', async () => {
  const made = await world();
  for (const limit of [1, 2, 3, 4]) {
    const found: string[] = [];
    let behind: LedgerQuery['behind'] = null;
    for (;;) {
      const part = page(made, { limit, behind });
      found.push(...told(part));
      const last = part.at(-1);
      if (last === undefined) break;
      behind = { at: last.slot.at, scheduleId: last.slot.scheduleId };
    }
    expect(found).toEqual(ALL);
  }
});

test('a stretch of time has both its ends, and outcomes choose among them', async () => {
  const made = await world();
  const range = { from: instant('2026-01-01T02:00'), to: instant('2026-01-01T03:00') };
  expect(told(page(made, range))).toEqual(ALL.slice(2, 6));
  expect(told(page(made, { ...range, outcomes: ['caught_up', 'ran'] }))).toEqual([
    '03:00 etl/default caught_up',
    '03:00 etl/default caught_up',
  ]);
});

test('what became of a schedule that was removed stays in the list', async () => {
  const made = await world();
  await made.deploy('report', '45 5 * * *');
  expect(told(page(made))).toEqual(ALL);
});
