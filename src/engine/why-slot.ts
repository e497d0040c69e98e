/**
 * What became of a due time of a deployment, and why: from the ledger where it was judged, from the schedule where it
 * lies ahead or was never due. Only reads.
 */
import { formatDuration } from '../model/duration.ts';
import { nearest, WeirError } from '../model/errors.ts';
import { nextSlot, previousSlot } from '../model/schedule.ts';
import type { ScheduleSpec } from '../model/schedule-spec.ts';
import { isPaused } from '../model/slot.ts';
import type { DeploymentRow, ScheduleRow } from '../store/deployments.ts';
import type { SlotRow } from '../store/slots.ts';
import type { Store } from '../store/store.ts';
import { pauseOf } from './pauses.ts';
import { isoTime, localTime } from './told-times.ts';

export interface WhySlot {
  readonly deployment: string;
  /** Which due time the answer is about; null when none was ever due there. */
  readonly slot: number | null;
  readonly outcome: string;
  readonly run: number | null;
  readonly why: string;
  readonly next: readonly string[];
}

const MINUTE_MS = 60_000;
/** An outcome as it is told. */
const OUTCOMES: Readonly<Record<SlotRow['outcome'], string>> = {
  ran: 'a run was started',
  caught_up: 'a run was started later, to catch up',
  missed: 'it was missed',
  skipped: 'it was skipped',
  suppressed: 'a clock change dropped it',
  buffered: 'a run waits for the one before it',
};

/** `flow/name`, or the flow alone where it has one. @throws WeirError `not-found`, `usage` */
export function selectDeployment(store: Store, text: string): DeploymentRow {
  const all = store.deployments.all();
  const found = all.filter(({ flow, name }) => text === `${flow}/${name}` || text === flow);
  if (found[0] !== undefined && found.length === 1) return found[0];
  const names = all.map(({ flow, name }) => `${flow}/${name}`);
  if (found.length > 1)
    throw new WeirError('usage', `the flow "${text}" has ${found.length} deployments`, {
      hint: `name one: ${found.map(({ flow, name }) => `${flow}/${name}`).join(', ')}`,
    });
  const near = nearest(text, [...names, ...all.map(({ flow }) => flow)]);
  throw new WeirError('not-found', `there is no deployment "${text}"`, {
    hint: near === undefined ? 'weir up deploys the flows of a folder' : `did you mean ${near}?`,
  });
}

/** `at` null: the due time that comes next. */
export function whySlot(store: Store, deployment: DeploymentRow, at: string | null, now: number): WhySlot[] {
  const schedules = store.deployments.schedulesOf(deployment.id);
  const name = `${deployment.flow}/${deployment.name}`;
  if (schedules.length === 0)
    return [{ deployment: name, slot: null, outcome: 'none', run: null, why: `${name} has no schedule.`, next: [] }];
  return schedules.map((schedule) => {
    if (schedule.broken !== null) return { deployment: name, ...off(schedule) };
    const spec = JSON.parse(schedule.spec) as ScheduleSpec;
    const time = at === null ? (schedule.nextAt ?? now) : parseTime(at, spec.timezone, now);
    return { deployment: name, ...judge(store, deployment, schedule, spec, time, now) };
  });
}

/** Its stored form says nothing of any time. */
function off({ identity, broken }: ScheduleRow): Omit<WhySlot, 'deployment'> {
  return undecided(null, 'off', `The schedule "${identity}" is off: ${broken}.`, ['weir up']);
}

function judge(
  store: Store,
  deployment: DeploymentRow,
  schedule: ScheduleRow,
  spec: ScheduleSpec,
  time: number,
  now: number,
): Omit<WhySlot, 'deployment'> {
  // A time without seconds means its minute.
  const slot = nextSlot(spec, time, { inclusive: true, withSuppressed: true });
  if (slot === null || slot.at >= time + MINUTE_MS) {
    const before = previousSlot(spec, time);
    const around = [
      before === null ? null : `the one before was ${localTime(before.at)}`,
      slot === null ? 'it is never due again' : `the next is ${localTime(slot.at)}`,
    ].filter((part) => part !== null);
    const why = `Nothing is due at ${localTime(time)}: ${around.join(', ')} (${spec.timezone}).`;
    return { slot: null, outcome: 'not_due', run: null, why, next: [] };
  }
  const decided = store.deployments.slotAt(schedule.id, slot.at);
  if (decided !== null) return { slot: slot.at, ...decidedInWords(store, decided, slot.at) };
  const at = localTime(slot.at);
  const note = slot.note === undefined || slot.note === null ? '' : ` (${slot.note})`;
  const server = store.processes.livingServer();
  if (slot.at <= now) {
    if (slot.at < schedule.createdAt)
      return undecided(
        slot.at,
        'before',
        `At ${at} this schedule did not exist: it was deployed at ${localTime(schedule.createdAt)}.`,
      );
    const why = `It was due at ${at} and nobody has judged it yet: ${server === null ? 'no server has run since' : 'the server is about to'}.`;
    return undecided(slot.at, 'due', why, server === null ? ['weir up'] : []);
  }
  const when = `It is due at ${at}${note}, in ${formatDuration(slot.at - now)}`;
  const pause = pauseOf(deployment, schedule);
  if (isPaused({ paused: pause, now: slot.at }, slot)) {
    const what = deployment.pausedAt === null ? 'schedule' : 'deployment';
    const why = pause?.reason == null ? '' : `: ${pause.reason}`;
    return undecided(slot.at, 'due', `${when}, and will be skipped: ${pause?.by} has paused the ${what}${why}.`, [
      `weir deployment resume ${deployment.flow}/${deployment.name}`,
    ]);
  }
  const who = server === null ? ', if a server runs then: none does now' : ', and a run will be started then';
  return undecided(slot.at, 'due', `${when}${who}.`, server === null ? ['weir up'] : []);
}

function undecided(
  slot: number | null,
  outcome: string,
  why: string,
  next: readonly string[] = [],
): Omit<WhySlot, 'deployment'> {
  return { slot, outcome, run: null, why, next };
}

function decidedInWords(store: Store, row: SlotRow, at: number): Omit<WhySlot, 'deployment' | 'slot'> {
  const run = row.flowRunId === null ? null : store.flowRuns.byId(row.flowRunId);
  const reason = [row.reason, row.note].filter((part) => part !== null && part !== '').join('; ');
  const told = `Due at ${localTime(at)}: ${OUTCOMES[row.outcome]}${reason === '' ? '' : ` (${reason})`}.`;
  const state =
    run === null
      ? ''
      : ` Run ${run.id} is ${run.state.name}${run.state.message === null ? '' : `: ${run.state.message}`}.`;
  return {
    outcome: row.outcome,
    run: row.flowRunId,
    why: told + state,
    next: run === null ? [] : [`weir why ${run.id}`],
  };
}

/** `2026-11-23T06:00`, with or without offset, or `06:00` today, in the schedule's zone. */
function parseTime(text: string, zone: string, now: number): number {
  const spaced = text.trim().replace(' ', 'T');
  const readers: (() => number)[] = [
    () => Temporal.Instant.from(spaced).epochMilliseconds,
    () =>
      Temporal.PlainTime.from(spaced) &&
      Temporal.Instant.fromEpochMilliseconds(now)
        .toZonedDateTimeISO(zone)
        .withPlainTime(Temporal.PlainTime.from(spaced)).epochMilliseconds,
    () => Temporal.PlainDateTime.from(spaced).toZonedDateTime(zone).epochMilliseconds,
  ];
  // A time of day first: "06:00" alone would be no date.
  const order = /^\d{1,2}:\d{2}/.test(spaced) ? [readers[1], readers[0]] : [readers[0], readers[2]];
  for (const read of order) {
    try {
      if (read !== undefined) return read();
    } catch {
      // not of this form
    }
  }
  throw new WeirError('usage', `"${text}" is no time`, {
    hint: 'write 2026-11-23T06:00, 2026-11-23T06:00:00+01:00, or 06:00 for today',
  });
}

export function whySlotJson(answer: WhySlot) {
  return { ...answer, slot: answer.slot === null ? null : isoTime(answer.slot) };
}
