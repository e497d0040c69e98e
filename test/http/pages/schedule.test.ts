/** /schedule over a fresh file: lanes ahead, what will not run, and the ledger with its reasons. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { nextSlot } from '../../../src/model/schedule.ts';
import { resolveSchedule } from '../../../src/model/schedule-spec.ts';
import type { SlotOutcome } from '../../../src/model/slot.ts';
import type { Store } from '../../../src/store/store.ts';
import { appWorld, NOW } from '../world.ts';

const HOUR = 3_600_000;
const HOSTILE = '<script>alert(1)</script>';

describe('the schedule page', () => {
  it('says what to write when nothing is scheduled', async () => {
    const page = await appWorld().text('/schedule');
    expect(page).toContain('No schedule yet');
    expect(page).toContain('Nothing is due.');
    expect(page).toContain('Nothing was due yet.');
  });

  it('shows each deployment with its next due times, in the order of time', async () => {
    const world = appWorld();
    deploy(world.store, { flow: 'nightly', cron: '0 2 * * *' });
    deploy(world.store, { flow: 'hourly', cron: '30 * * * *' });
    const page = text(await world.text('/schedule'));
    expect(page).toContain('Next is hourly in 30 min, at 12:30 CET.');
    expect(page).toMatch(/hourly 30 \* \* \* \*.*nightly 0 2 \* \* \*.*Tue 6 Jan 02:00/);
    expect(page).toMatch(/Due next.*12:30.*hourly.*13:30.*hourly/);
  });

  it('tells which due times will not run, and why', async () => {
    const world = appWorld();
    const { deploymentId } = deploy(world.store, { flow: 'nightly', cron: '0 2 * * *' });
    const pause = { at: NOW - 1, by: 'alice', reason: 'migration', until: null };
    await world.store.writer.write(() => world.store.deployments.pause(deploymentId, pause));
    const page = text(await world.text('/schedule'));
    expect(page).toContain('Paused by alice');
    expect(page).toMatch(/will not run : .*migration/);
    expect(page).toContain('Nothing is due.');
  });

  it('draws a flow that is due every minute as one line, and stays small', async () => {
    const world = appWorld();
    for (let each = 0; each < 40; each++) deploy(world.store, { flow: `often-${each}`, cron: '* * * * *' });
    const page = await world.text('/schedule');
    expect(page).toContain('the 20 of 40 deployments that are due first');
    expect(page).toContain('class="dense"');
    expect(page.length).toBeLessThanOrEqual(50 * 1024);
    expect(gzipSync(page).length).toBeLessThanOrEqual(12 * 1024);
  });

  it('warns where more runs are planned at once than may run', async () => {
    const world = appWorld({ places: 2 });
    for (let each = 0; each < 5; each++) deploy(world.store, { flow: `flow-${each}`, cron: '0 3 * * *' });
    const page = text(await world.text('/schedule'));
    expect(page).toContain('most 5 at Tue 6 Jan 03:00, 2 places');
    expect(page).toContain('weir up --limit 5');
  });

  it('marks the change of the clocks within the next week', async () => {
    // Friday before the last Sunday of March.
    const world = appWorld({ now: () => Date.UTC(2026, 2, 27, 11) });
    deploy(world.store, { flow: 'nightly', cron: '30 2 * * *' });
    const page = text(await world.text('/schedule?stretch=week'));
    expect(page).toContain('Clocks change: Europe/Berlin by 1 h forward, at Sun 29 Mar 03:00 CEST.');
    expect(text(await world.text('/schedule'))).not.toContain('Clocks change');
  });

  it('shows first what did not simply run, with its reason, and the ledger with all', async () => {
    const world = appWorld();
    const { scheduleId } = deploy(world.store, { flow: 'nightly', cron: '0 * * * *' });
    answer(world.store, scheduleId, NOW - 3 * HOUR, { outcome: 'missed', reason: 'the server was not running' });
    const run = world.seed({ flow: 'nightly' });
    answer(world.store, scheduleId, NOW - 2 * HOUR, { outcome: 'ran', run });
    answer(world.store, scheduleId, NOW - 30 * 24 * HOUR, { outcome: 'missed', reason: 'long ago' });
    const html = await world.text('/schedule');
    const first = section(html, 'to-explain');
    expect(text(first)).toMatch(/09:00 nightly Missed the server was not running/);
    expect(first).not.toContain('long ago');
    const ledger = section(html, 'ledger');
    expect(text(ledger)).toContain(`10:00 nightly Ran ${run}`);
    expect(ledger).toContain('long ago');
    expect(ledger).toContain(`href="/runs/${run}"`);
  });

  it('filters the ledger by deployment and outcome, and pages through it', async () => {
    const world = appWorld();
    const a = deploy(world.store, { flow: 'a', cron: '0 * * * *' });
    const b = deploy(world.store, { flow: 'b', cron: '0 * * * *' });
    for (let hour = 1; hour <= 40; hour++) answer(world.store, a.scheduleId, NOW - hour * HOUR, { outcome: 'ran' });
    answer(world.store, b.scheduleId, NOW - HOUR, { outcome: 'skipped', reason: 'the run before was running' });
    const rows = async (query: string) =>
      (section(await world.text(`/schedule${query}`), 'ledger').match(/<tr>/g) ?? []).length;
    expect(await rows('')).toBe(1 + 30);
    expect(await rows('?deployment=a')).toBe(1 + 30);
    expect(await rows('?deployment=b')).toBe(1 + 1);
    expect(await rows('?outcome=skipped')).toBe(1 + 1);
    expect(await rows('?deployment=a&outcome=skipped')).toBe(0);
    const older = /href="(\/schedule\?[^"]*before=[^"#]*)/.exec(await world.text('/schedule?deployment=a'))?.[1] ?? '';
    expect(await rows(older.replace('/schedule', '').replaceAll('&amp;', '&'))).toBe(1 + 10);
  });

  it('says what is wrong with a filter, and shows the rest', async () => {
    const world = appWorld();
    deploy(world.store, { flow: 'nightly', cron: '0 2 * * *' });
    for (const [query, sentence] of [
      ['deployment=nigtly', 'did you mean'],
      ['outcome=lost', 'is no outcome'],
      ['outcome=constructor', 'is no outcome'],
      ['before=yesterday', 'is no place in the ledger'],
    ]) {
      const answer = await world.get(`/schedule?${query}`);
      expect(answer.status, query).toBe(200);
      expect(await answer.text(), query).toContain(sentence);
    }
    expect(await world.text(`/schedule?deployment=${encodeURIComponent(HOSTILE)}`)).not.toContain(HOSTILE);
    expect(world.faults).toEqual([]);
  });
});

function deploy(store: Store, { flow, cron }: { flow: string; cron: string }) {
  const { deployments } = store;
  const place = { flow, name: 'default', path: `/flows/${flow}.ts`, entry: 'default', description: '' };
  const now = NOW;
  const deploymentId = deployments.put({ ...place, options: { concurrencyLimits: {} } as never, tags: [], now });
  const spec = resolveSchedule(
    { cron, timezone: 'Europe/Berlin' },
    { machineZone: 'UTC', seed: `${flow}/default`, createdAt: NOW },
  );
  const times = { timezone: 'Europe/Berlin', nextAt: nextSlot(spec, now)?.at ?? null, nextNote: null, now };
  const scheduleId = deployments.putSchedule({ deploymentId, identity: cron, spec: JSON.stringify(spec), ...times });
  return { deploymentId, scheduleId };
}

interface Answer {
  readonly outcome: SlotOutcome;
  readonly reason?: string;
  readonly run?: number;
}

function answer(store: Store, scheduleId: number, at: number, { outcome, reason, run }: Answer) {
  const slot = { scheduleId, at, outcome, reason: reason ?? null, note: null, flowRunId: run ?? null };
  store.deployments.addSlot(slot, NOW);
}

function section(html: string, id: string): string {
  const from = html.indexOf(`<section id="${id}"`);
  return html.slice(from, html.indexOf('</section>', from));
}

function text(html: string): string {
  return html
    .replace(/<(style|script)[^>]*>.*?<\/\1>/gs, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/ ([.,])/g, '$1');
}
