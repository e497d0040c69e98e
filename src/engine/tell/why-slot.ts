/**
 * What became of a due time of a deployment, or will, and why: from the ledger where it was answered, from the schedules
 * where it lies ahead or was never due. One sentence first, then what stands around it. Only reads.
 */
import { parseAskedTime } from '../../model/asked-time.ts';
import { nextSlot, previousSlot } from '../../model/schedule.ts';
import { type ScheduleSpec, writtenText } from '../../model/schedule-spec.ts';
import type { DeploymentRow, ScheduleRow } from '../../store/deployments.ts';
import type { LedgerSchedule } from '../../store/ledger.ts';
import type { SlotRow } from '../../store/slots.ts';
import type { Store } from '../../store/store.ts';
import { isoTime, isZoneAsked, zoneOfTimes } from './told-times.ts';
import { answeredInWords, toldIn, whyAhead, whyUnanswered } from './why-slot-words.ts';

export interface WhySlot {
  readonly deployment: string;
  /** Whose due time it is; null where nothing is due. */
  readonly schedule: string | null;
  /** Which due time the answer is about; null when none was ever due there. */
  readonly slot: number | null;
  readonly outcome: string;
  readonly run: number | null;
  /** One sentence, or two. */
  readonly why: string;
  /** What else may matter, a sentence each. */
  readonly facts: readonly string[];
  /** Commands that go on from there. */
  readonly next: readonly string[];
}

/** A schedule of the deployment, also one of the past, with what it says. */
export interface AskedSchedule {
  readonly row: LedgerSchedule;
  readonly spec: ScheduleSpec;
}

const MINUTE_MS = 60_000;

/** One answer for each due time in the minute that is asked for, at least one. `at` null: the due time that comes next. */
export function whySlot(store: Store, deployment: DeploymentRow, at: string | null, now: number): WhySlot[] {
  const name = `${deployment.flow}/${deployment.name}`;
  const off = store.deployments.schedulesOf(deployment.id).filter(({ broken }) => broken !== null);
  const offIds = new Set(off.map(({ id }) => id));
  const schedules = readable(store.ledger.schedulesEver(deployment.id).filter(({ id }) => !offIds.has(id)));
  const zone = zoneOf(schedules);
  const time = at === null ? nextOf(schedules, now) : parseAskedTime(at, zone, now);
  const plain = { deployment: name, schedule: null, slot: null, run: null, facts: [], next: [] };
  if (off.length > 0 && schedules.length === 0) return offAnswers(name, off);
  if (schedules.length === 0) return [{ ...plain, outcome: 'none', why: `${name} has no schedule.` }];
  if (time === null && isByBoot(schedules))
    return [{ ...plain, outcome: 'not_due', ...byBoot(store, name, schedules) }];
  if (time === null) return [{ ...plain, outcome: 'none', why: `${name} is not due any more.` }];
  const due = schedules.flatMap((schedule) => {
    const slot = dueAt(store, schedule, time, now);
    return slot === null ? [] : [{ schedule, slot }];
  });
  if (due.length === 0)
    return [{ ...plain, outcome: 'not_due', ...notDue(store, schedules, time, zone) }, ...offAnswers(name, off)];
  const answers = due.map(({ schedule, slot }) => ({
    deployment: name,
    schedule: schedule.row.identity,
    slot: slot.at,
    ...answerOf(store, deployment, schedule, slot, { now, zone, isMany: schedules.length > 1 }),
  }));
  return [...answers, ...offAnswers(name, off)];
}

/** Their stored form says nothing of any time. */
function offAnswers(deployment: string, off: readonly ScheduleRow[]): WhySlot[] {
  return off.map(({ identity, broken }) => ({
    ...{ deployment, schedule: identity, slot: null, outcome: 'off', run: null, facts: [], next: ['weir up'] },
    why: `The schedule "${identity}" is off: ${broken}.`,
  }));
}

export function whySlotJson(answer: WhySlot) {
  return { ...answer, slot: answer.slot === null ? null : isoTime(answer.slot) };
}

/** A due time within the minute: what the ledger holds, else what the schedule says where the ledger can hold nothing. */
interface AskedSlot {
  readonly at: number;
  readonly note: string | null;
  readonly answered: SlotRow | null;
  /** Before the first deploy, waiting for its answer, or ahead. */
  readonly when: 'answered' | 'before' | 'unanswered' | 'ahead';
}

function dueAt(store: Store, { row, spec }: AskedSchedule, time: number, now: number): AskedSlot | null {
  const end = time + MINUTE_MS;
  const answered = answeredFrom(store, row.id, time, end);
  if (answered !== null) return { at: answered.at, note: answered.note, answered, when: 'answered' };
  // Gone: nothing of it lies ahead, and what it once was stands in the ledger alone.
  if (row.removedAt !== null) return null;
  const slot = nextSlot(spec, time, { inclusive: true, withSuppressed: true });
  if (slot === null || slot.at >= end) return null;
  const { at, note } = slot;
  if (at > now) return { at, note, answered: null, when: 'ahead' };
  if (at < row.createdAt) return { at, note, answered: null, when: 'before' };
  // The ledger would know: the schedule was another one then, or off.
  if (row.nextAt === null || at < row.nextAt) return null;
  return { at, note, answered: null, when: 'unanswered' };
}

/** The first of the minute: a schedule may be due every second. */
function answeredFrom(store: Store, scheduleId: number, time: number, end: number): SlotRow | null {
  let first = store.deployments.slotAt(scheduleId, time);
  if (first !== null) return first;
  for (const slot of store.deployments.slotsBefore(scheduleId, end)) {
    if (slot.at < time) break;
    first = slot;
  }
  return first;
}

function answerOf(
  store: Store,
  deployment: DeploymentRow,
  schedule: AskedSchedule,
  slot: AskedSlot,
  { now, zone, isMany }: { readonly now: number; readonly zone: string; readonly isMany: boolean },
): Pick<WhySlot, 'outcome' | 'run' | 'why' | 'facts' | 'next'> {
  const { row, spec } = schedule;
  const told = toldIn(zone);
  const which = isMany ? [`the schedule: ${spec.name ?? writtenText(spec)}`] : [];
  const around = nearOf(store, schedule, slot.at, now).map((each) => each.told(told));
  const facts = [...which, ...around];
  if (slot.answered !== null) return answeredInWords(store, slot.answered, told, facts);
  switch (slot.when) {
    case 'ahead':
      return whyAhead(store, deployment, row.identity, slot, told, now, facts);
    case 'before': {
      const why = `At ${told(slot.at)} this schedule did not exist: it was deployed at ${told(row.createdAt)}.`;
      const { flow, name } = deployment;
      const next = [`weir deployment backfill ${flow}/${name} --from ${isoTime(slot.at)} --to ${isoTime(slot.at)}`];
      return { outcome: 'before', run: null, why, facts, next };
    }
    default:
      return whyUnanswered(store, slot.at, told, facts);
  }
}

function notDue(store: Store, schedules: readonly AskedSchedule[], time: number, zone: string) {
  const told = toldIn(zone);
  const current = schedules.filter(({ row }) => row.removedAt === null);
  const before = latestOf(current.map(({ spec }) => previousSlot(spec, time)?.at ?? null));
  const after = earliestOf(current.map(({ spec }) => nextSlot(spec, time)?.at ?? null));
  const parts = [
    before === null ? null : `the due time before is ${told(before)}`,
    after !== null ? `the one after ${told(after)}` : isByBoot(schedules) ? AT_BOOT : 'nothing is due after it',
  ];
  const around = parts.filter((part) => part !== null).join(', ');
  const texts = current.map(({ spec }) => spec.name ?? writtenText(spec));
  const ledger = schedules.flatMap(({ row }) => store.deployments.slotsOf(row.id, 1, time));
  const [last] = ledger.sort((a, b) => b.at - a.at);
  return {
    why: `Nothing is due at ${told(time)} (${zone}): ${around}.`,
    facts: [
      texts.length === 0 ? 'every schedule of it was removed' : `schedule: ${texts.join('; ')}`,
      ...(last === undefined ? [] : [`answered last before: ${slotInWords(last, told)}`]),
    ],
  };
}

/** The due times beside it, with what became of them. */
function nearOf(store: Store, { row, spec }: AskedSchedule, at: number, now: number) {
  const [answered] = store.deployments.slotsOf(row.id, 1, at);
  const before = previousSlot(spec, at)?.at ?? null;
  const after = row.removedAt === null ? (nextSlot(spec, at)?.at ?? null) : null;
  const near: { told: (told: (at: number) => string) => string }[] = [];
  if (answered !== undefined) near.push({ told: (told) => `before it: ${slotInWords(answered, told)}` });
  else if (before !== null) near.push({ told: (told) => `before it: ${told(before)}` });
  if (after !== null) {
    const slot = after <= now ? store.deployments.slotAt(row.id, after) : null;
    near.push({ told: (told) => `after it: ${slot === null ? told(after) : slotInWords(slot, told)}` });
  }
  return near;
}

function slotInWords({ at, outcome, flowRunId }: SlotRow, told: (at: number) => string): string {
  return `${told(at)} ${outcome.replace('_', ' ')}${flowRunId === null ? '' : `, run ${flowRunId}`}`;
}

/** `--tz`; else the zone that its schedules have, else the machine's. */
function zoneOf(schedules: readonly AskedSchedule[]): string {
  const zones = new Set(schedules.filter(({ row }) => row.removedAt === null).map(({ spec }) => spec.timezone));
  const [own] = zones;
  return isZoneAsked() || own === undefined || zones.size > 1 ? zoneOfTimes() : own;
}

function nextOf(schedules: readonly AskedSchedule[], now: number): number | null {
  const ahead = schedules.filter(({ row }) => row.removedAt === null);
  return earliestOf(ahead.map(({ row, spec }) => row.nextAt ?? nextSlot(spec, now)?.at ?? null));
}

const AT_BOOT = 'it is due at the next boot of the machine';

function isByBoot(schedules: readonly AskedSchedule[]): boolean {
  return schedules.some(({ row, spec }) => row.removedAt === null && spec.kind === 'reboot');
}

/** Nobody knows when: what it can say is what became of the last boot. */
function byBoot(store: Store, name: string, schedules: readonly AskedSchedule[]) {
  const told = toldIn(zoneOf(schedules));
  const [last] = schedules.flatMap(({ row }) => store.deployments.slotsOf(row.id, 1)).sort((a, b) => b.at - a.at);
  return {
    why: `${name} is due once at each boot of the machine, and at no time of day.`,
    facts: last === undefined ? [] : [`the boot before: ${last.outcome} at ${told(last.at)}`],
    next: last?.flowRunId == null ? [] : [`weir show ${last.flowRunId}`],
  };
}

/** What cannot be read is switched off, and `weir status` says so. */
function readable(rows: readonly LedgerSchedule[]): AskedSchedule[] {
  return rows.flatMap((row) => {
    try {
      return [{ row, spec: JSON.parse(row.spec) as ScheduleSpec }];
    } catch {
      return [];
    }
  });
}

function earliestOf(times: readonly (number | null)[]): number | null {
  const known = times.filter((at) => at !== null);
  return known.length === 0 ? null : Math.min(...known);
}

function latestOf(times: readonly (number | null)[]): number | null {
  const known = times.filter((at) => at !== null);
  return known.length === 0 ? null : Math.max(...known);
}
