/** GET /schedule: lanes ahead, what is due, and the ledger. What is reckoned is bounded, however often a flow is due. */
import type { Hono } from 'hono';
import { findDeployment } from '../../engine/deploy/find-deployment.ts';
import { timetableOf } from '../../engine/schedule/deployed-timetable.ts';
import { isPausedNow } from '../../engine/schedule/pauses.ts';
import { WeirError } from '../../model/errors.ts';
import { type ScheduleSpec, writtenText } from '../../model/schedule-spec.ts';
import type { SlotOutcome } from '../../model/slot.ts';
import { overlapForecast, type Upcoming, upcoming } from '../../model/timetable.ts';
import { segmentAt } from '../../model/zone.ts';
import type { AgendaPlace, AgendaSlot } from '../../store/agenda.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import type { Store } from '../../store/store.ts';
import { ledgerPage } from '../../web/address.ts';
import type { Span } from '../../web/charts/gantt.tsx';
import { LANES_STYLE } from '../../web/pages/schedule/lanes.tsx';
import {
  type LaneLine,
  type LedgerData,
  type ScheduleData,
  SchedulePage,
  type UpcomingLine,
} from '../../web/pages/schedule/schedule.tsx';
import { OUTCOME_WORDS, type SlotLine } from '../../web/slot-table.tsx';
import type { Clock } from '../../web/time.tsx';
import type { Pages } from '../send-page.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LANES_SHOWN = 20;
/** Each due time that is reckoned costs up to 60 us. */
const SLOTS_RECKONED = 320;
/** An hourly flow is drawn run by run, a more frequent one as a dashed line. */
const MOST_OF_A_LANE = 32;
const FEWEST_OF_A_LANE = 12;
const UPCOMING_SHOWN = 12;
const TO_EXPLAIN_SHOWN = 10;
const LEDGER_SHOWN = 30;

export interface SchedulePageParts {
  readonly store: Store;
  readonly pages: Pages;
  /** Runs at once on this server. */
  readonly places: number;
}

export function bindSchedule(app: Hono, { store, pages, places }: SchedulePageParts): void {
  app.get('/schedule', (c) =>
    pages.send(c, (clock) => {
      const stretch = c.req.query('stretch') === 'week' ? 'week' : 'day';
      const ledger = ledgerOf(store, c.req.query());
      return {
        title: 'Schedule',
        active: 'schedule',
        style: LANES_STYLE,
        content: SchedulePage({ data: { ...planOf(store, stretch, clock), places, ledger }, clock }),
      };
    }),
  );
}

function planOf(store: Store, stretch: 'day' | 'week', clock: Clock): Omit<ScheduleData, 'places' | 'ledger'> {
  const from = clock.now;
  const span = { from, to: from + (stretch === 'day' ? DAY : 7 * DAY) };
  const rows = store.agenda.nextDue(LANES_SHOWN).flatMap(({ id }) => store.deployments.byId(id) ?? []);
  const most = Math.min(
    MOST_OF_A_LANE,
    Math.max(FEWEST_OF_A_LANE, Math.floor(SLOTS_RECKONED / Math.max(1, rows.length))),
  );
  const planned = rows.map((row) => planLane(store, row, { span, most, zone: clock.zone }));
  // A lane that was not reckoned to its end says nothing of what comes after.
  const knownUntil = Math.min(
    span.to,
    ...planned.flatMap(({ line, ahead: each }) => (line.lane.isDense ? (each.at(-1)?.slot.at ?? []) : [])),
  );
  const ahead = planned
    .flatMap(({ ahead: each, line }) => each.map((one) => upcomingLine(one, line, clock.zone)))
    .filter(({ at }) => at <= knownUntil)
    .sort((a, b) => a.at - b.at);
  const soon = planned.flatMap(({ ahead: each, line }) =>
    each.slice(0, 1).map((one) => upcomingLine(one, line, clock.zone)),
  );
  return {
    stretch,
    span,
    ticks: ticksOf(span, stretch, clock.zone),
    clockChanges: clockChangesOf([clock.zone, ...planned.flatMap(({ zones }) => zones)], span),
    lanes: planned.map(({ line }) => line),
    scheduledCount: rows.length < LANES_SHOWN ? rows.length : store.agenda.scheduledCount(),
    reckonedUntil: knownUntil < span.to ? knownUntil : null,
    upcoming: (ahead.length > 0 ? ahead : soon.sort((a, b) => a.at - b.at)).slice(0, UPCOMING_SHOWN),
    toExplain: store.agenda.toExplain(from - 7 * DAY, TO_EXPLAIN_SHOWN).map(slotLine),
  };
}

function planLane(
  store: Store,
  row: DeploymentRow,
  { span, most, zone }: { readonly span: Span; readonly most: number; readonly zone: string },
): { line: LaneLine; ahead: Upcoming[]; zones: string[] } {
  const timetable = timetableOf(store, row, span.from);
  const found = upcoming([timetable], span.from, most + 1);
  const ahead = found.slice(0, most);
  const within = ahead.filter(({ slot }) => slot.at < span.to);
  const isDense = found.length > most && within.length === ahead.length;
  const { typicalMs, runningUntil } = timetable;
  // Where runs come close to each other they can get in each other's way.
  const isClose =
    typicalMs !== null && within.some(({ slot }, at) => slot.at - (within[at - 1]?.slot.at ?? -Infinity) < typicalMs);
  const { flow, name, pausedBy, pausedReason, pausedUntil } = row;
  return {
    ahead,
    zones: timetable.schedules.map(({ spec }) => spec.timezone),
    line: {
      flow,
      deployment: `${flow}/${name}`,
      schedule: timetable.schedules.map(({ spec }) => scheduleWords(spec, zone)).join(', '),
      pause: isPausedNow(row, span.from)
        ? { by: pausedBy ?? 'somebody', reason: pausedReason, until: pausedUntil }
        : null,
      typicalMs,
      nextAt: ahead[0]?.slot.at ?? null,
      forecast: isClose ? overlapForecast(timetable, span.from) : null,
      lane: {
        planned: within.map(({ slot, whyNot }) => ({ at: slot.at, typicalMs, whyNot })),
        isDense,
        runningUntil,
      },
    },
  };
}

function upcomingLine(
  { slot, schedule, whyNot, note }: Upcoming,
  { flow, deployment }: LaneLine,
  zone: string,
): UpcomingLine {
  return { at: slot.at, flow, deployment, schedule: scheduleWords(schedule.spec, zone), whyNot, note };
}

/** With its zone where that is another than the one in which the page tells times. */
function scheduleWords(spec: ScheduleSpec, zone: string): string {
  return spec.timezone === zone ? writtenText(spec) : `${writtenText(spec)} ${spec.timezone}`;
}

/** Every three hours of a day, every midnight of a week, on the clock of the page. */
function ticksOf(span: Span, stretch: 'day' | 'week', zone: string): ScheduleData['ticks'] {
  const start = Temporal.Instant.fromEpochMilliseconds(span.from).toZonedDateTimeISO(zone).startOfDay();
  const ticks: { at: number; label: string }[] = [];
  const most = stretch === 'day' ? 17 : 9;
  for (let step = 0; step < most; step++) {
    // Hours of the clock, not of elapsed time: on the day of a clock change they still read 03:00, 06:00.
    const time =
      stretch === 'day'
        ? start.add({ days: Math.floor(step / 8) }).with({ hour: (step % 8) * 3 })
        : start.add({ days: step });
    const at = time.epochMilliseconds;
    if (at <= span.from || at >= span.to || at === ticks.at(-1)?.at) continue;
    const label =
      stretch === 'day' && time.hour !== 0
        ? time.toPlainTime().toString({ smallestUnit: 'minute' })
        : time.toLocaleString('en-GB', { weekday: 'short', day: 'numeric' });
    ticks.push({ at, label });
  }
  return ticks;
}

function clockChangesOf(zones: readonly string[], span: Span): ScheduleData['clockChanges'] {
  return [...new Set(zones)].flatMap((zone) => {
    const { endAt, offsetMs } = segmentAt(zone, span.from);
    if (endAt >= span.to) return [];
    const by = segmentAt(zone, endAt).offsetMs - offsetMs;
    const amount = Math.abs(by) % HOUR === 0 ? `${Math.abs(by) / HOUR} h` : `${Math.abs(by) / 60_000} min`;
    return [{ at: endAt, text: `${zone} by ${amount} ${by > 0 ? 'forward' : 'back'}` }];
  });
}

/** A wrong filter shows its sentence and no rows; the rest of the page stays. */
function ledgerOf(store: Store, query: Record<string, string>): LedgerData {
  const text = query.deployment?.trim() || null;
  const outcome = query.outcome && Object.hasOwn(OUTCOME_WORDS, query.outcome) ? (query.outcome as SlotOutcome) : null;
  const empty = { slots: [], deployment: text, outcome, isNewest: !query.before, older: null };
  try {
    if (query.outcome && outcome === null)
      throw new WeirError('invalid-value', `"${query.outcome.slice(0, 50)}" is no outcome`);
    const behind = query.before ? parsePlace(query.before) : null;
    const deploymentId = text === null ? null : findDeployment(store, text, { withDeleted: true }).id;
    const found = store.agenda.ledger({ deploymentId, outcome, behind, limit: LEDGER_SHOWN + 1 });
    const shown = found.slice(0, LEDGER_SHOWN);
    const last = found.length > LEDGER_SHOWN ? shown.at(-1) : undefined;
    const older =
      last === undefined
        ? null
        : ledgerPage({
            deployment: text ?? undefined,
            outcome: outcome ?? undefined,
            before: `${last.at}/${last.scheduleId}`,
          });
    return { ...empty, slots: shown.map(slotLine), older, problem: null };
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    return { ...empty, problem: `${error.message}${error.hint === undefined ? '' : `: ${error.hint}`}` };
  }
}

function parsePlace(text: string): AgendaPlace {
  const [, at, scheduleId] = /^(\d{1,15})\/(\d{1,15})$/.exec(text) ?? [];
  if (at !== undefined && scheduleId !== undefined) return { at: Number(at), scheduleId: Number(scheduleId) };
  throw new WeirError('invalid-value', `before is "${text.slice(0, 50)}", which is no place in the ledger`);
}

function slotLine({ flowRunId: run, ...slot }: AgendaSlot): SlotLine {
  return { ...slot, run };
}
