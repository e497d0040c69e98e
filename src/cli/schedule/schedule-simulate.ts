/** `weir schedule simulate`: what would run, be caught up, missed or skipped in a stretch of time, and why. */
import { isoTime } from '../../engine/tell/told-times.ts';
import { formatDuration, parseDuration } from '../../model/duration.ts';
import { EXIT } from '../../model/errors.ts';
import { mergedSleeps, type SimulatedSlot, type Simulation, simulate } from '../../model/simulate.ts';
import type { Sleep } from '../../model/simulated-runs.ts';
import { ordered, parseFrom, parseSpan, parseTo, type TimeRange } from '../../model/time-range.ts';
import type { Timetable } from '../../model/timetable.ts';
import { type Clock, clockFor, timeIn } from '../clock.ts';
import { colors, fitTable, print, printJson, say } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { plainText } from '../terminal-text.ts';
import { parseWhole } from '../whole-number.ts';
import { countOutcomes, showOutcome } from './outcome.ts';
import { headOf, sayNoSchedule } from './schedule-next.ts';
import { withTimetables } from './schedule-target.ts';

const DEFAULT_SPAN_MS = 7 * 86_400_000;
const DEFAULT_LIMIT = 50;
/** Due times that are reckoned, at most. */
const MOST = 10_000;

interface SimulateFlags extends GlobalFlags {
  readonly from?: string;
  readonly to?: string;
  readonly sleep: readonly string[];
  readonly duration?: string;
  readonly limit?: string;
}

export async function scheduleSimulate([words]: [string[]], flags: SimulateFlags): Promise<number> {
  const limit = parseWhole('--limit', flags.limit, MOST);
  const durationMs = flags.duration === undefined ? null : parseDuration(flags.duration);
  return withTimetables(words, flags, (target, now) => {
    const { timetables } = target;
    if (timetables.every(({ schedules }) => schedules.length === 0) && !flags.json) {
      sayNoSchedule(target);
      return EXIT.ok;
    }
    // Times without an offset are meant on the clock of the schedules where all have one.
    const zones = timetables.flatMap(({ schedules }) => schedules.map(({ spec }) => spec.timezone));
    const { zone } = clockFor([], zones);
    const range = rangeOf(flags, zone, now);
    const sleeps = mergedSleeps(flags.sleep.map((text) => parseSpan(text, zone, '--sleep', now)));
    const simulation = simulate({ timetables, ...range, sleeps, durationMs, most: MOST });
    if (flags.json) tellJson(simulation, range, limit);
    else return tell({ timetables, simulation, range, sleeps, durationMs, limit: limit ?? DEFAULT_LIMIT });
    return EXIT.ok;
  });
}

function rangeOf({ from, to }: SimulateFlags, zone: string, now: number): TimeRange {
  const begin = from === undefined ? now : parseFrom(from, zone, '--from', now);
  const end = to === undefined ? begin + DEFAULT_SPAN_MS : parseTo(to, zone, '--to', { from: begin, now });
  return ordered({ from: begin, to: end }, zone, '--to');
}

function tellJson({ slots, stoppedAt }: Simulation, { from, to }: TimeRange, limit: number | null): void {
  const shown = limit === null ? slots : slots.slice(0, limit);
  printJson({
    schema: 'weir.schedule-simulation/1',
    from: isoTime(from),
    to: isoTime(to),
    due: slots.length,
    outcomes: countOutcomes(slots.map(({ outcome }) => outcome)),
    stopped_at: isoTime(stoppedAt),
    items: shown.map(({ timetable, schedule, at, outcome, reason, note, startAt, endAt }) => ({
      deployment: timetable.name,
      schedule: schedule.identity,
      slot: isoTime(at),
      outcome,
      reason,
      note,
      starts_at: isoTime(startAt),
      ends_at: isoTime(endAt),
    })),
    next: shown.length < slots.length ? isoTime(slots[shown.length]?.at ?? null) : isoTime(stoppedAt),
  });
}

interface Told {
  readonly timetables: readonly Timetable[];
  readonly simulation: Simulation;
  readonly range: TimeRange;
  readonly sleeps: readonly Sleep[];
  readonly durationMs: number | null;
  readonly limit: number;
}

async function tell({ timetables, simulation, range, sleeps, durationMs, limit }: Told): Promise<number> {
  const { slots, stoppedAt } = simulation;
  const shown = slots.slice(0, limit);
  const zones = timetables.flatMap(({ schedules }) => schedules.map(({ spec }) => spec.timezone));
  const toMinutes = [range.from, range.to].map((at) => at - (at % 60_000));
  const clock = clockFor([...toMinutes, ...shown.map(({ at }) => at)], zones);
  if (timetables.length === 1) for (const line of await headOf(timetables[0] as Timetable, false)) print(line);
  print(`${clock.tell(range.from)} to ${clock.tell(range.to)}, ${clock.zone}${takes(timetables, durationMs)}`);
  for (const { from, to } of sleeps) print(`asleep ${clock.tell(from)} to ${clock.tell(to)}`);
  print(summaryOf(slots));
  if (shown.length > 0) print(`\n${listOf(shown, clock, timetables.length === 1)}`);
  if (shown.length < slots.length) say(colors.dim(`and ${slots.length - shown.length} more: --limit ${slots.length}`));
  if (stoppedAt !== null)
    say(`stopped after ${slots.length} due times, at ${clock.tell(stoppedAt)}: ask for a shorter time with --to`);
  return EXIT.ok;
}

function takes(timetables: readonly Timetable[], durationMs: number | null): string {
  if (durationMs !== null) return `; each run takes ${formatDuration(durationMs)}`;
  const typical = timetables.length === 1 ? (timetables[0]?.typicalMs ?? null) : null;
  if (typical !== null) return `; each run takes ${formatDuration(typical)}, as usual`;
  return timetables.some(({ typicalMs }) => typicalMs !== null)
    ? ''
    : '; each run ends at once (--duration says otherwise)';
}

function summaryOf(slots: readonly SimulatedSlot[]): string {
  if (slots.length === 0) return 'nothing is due';
  const counts = Object.entries(countOutcomes(slots.map(({ outcome }) => outcome)));
  return `${slots.length} due: ${counts.map(([word, count]) => `${count} ${word.replace('_', ' ')}`).join(', ')}`;
}

function listOf(slots: readonly SimulatedSlot[], clock: Clock, isOne: boolean): string {
  const heading = ['due', ...(isOne ? [] : ['deployment']), 'outcome', 'runs', ''].map((cell) => colors.dim(cell));
  const rows = slots.map((slot) => [
    clock.tell(slot.at),
    ...(isOne ? [] : [plainText(slot.timetable.name ?? '')]),
    showOutcome(slot.outcome),
    runOf(slot, clock),
    [slot.reason === slot.note ? null : slot.reason, slot.note, ownClock(slot, clock)]
      .filter((part) => part !== null)
      .map(plainText)
      .join('; '),
  ]);
  return fitTable([heading, ...rows], heading.length - 1);
}

/** Nothing where it runs at its time, and nobody knows how long. */
function runOf({ at, startAt, endAt }: SimulatedSlot, clock: Clock): string {
  if (startAt === null) return '';
  const took = endAt === null ? '' : ` to ${dayAndTime(endAt, at, clock)}`;
  return startAt === at && took === '' ? '' : `${dayAndTime(startAt, at, clock)}${took}`;
}

function dayAndTime(at: number, dueAt: number, clock: Clock): string {
  const isSameDay = clock.tell(at).slice(0, 14) === clock.tell(dueAt).slice(0, 14);
  return isSameDay ? timeIn(at, clock.zone) : clock.tell(at);
}

function ownClock({ at, schedule }: SimulatedSlot, clock: Clock): string | null {
  const { timezone } = schedule.spec;
  return timezone === clock.zone ? null : `${timeIn(at, timezone)} in ${timezone}`;
}
