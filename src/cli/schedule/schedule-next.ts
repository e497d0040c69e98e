/** `weir schedule next`: the due times that lie ahead, of all deployments, one, a file or an expression, in one list. */
import { isoTime } from '../../engine/tell/told-times.ts';
import { formatDuration } from '../../model/duration.ts';
import { EXIT } from '../../model/errors.ts';
import { scheduleInWords, scheduleText } from '../../model/schedule-words.ts';
import { overlapForecast, type Timetable, type Upcoming, upcoming } from '../../model/timetable.ts';
import { type Clock, clockFor, timeIn } from '../clock.ts';
import { colors, fitTable, print, printJson, say } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { plainText } from '../terminal-text.ts';
import { parseWhole } from '../whole-number.ts';
import { type TimetableTarget, withTimetables } from './schedule-target.ts';

const DEFAULT_LIMIT = 10;
const MOST = 10_000;

interface NextFlags extends GlobalFlags {
  readonly limit?: string;
}

export async function scheduleNext([words]: [string[]], flags: NextFlags): Promise<number> {
  const limit = parseWhole('--limit', flags.limit, MOST) ?? DEFAULT_LIMIT;
  return withTimetables(words, flags, async (target, now, engine) => {
    const ahead = upcoming(target.timetables, now, limit);
    if (flags.json) {
      printJson({ schema: 'weir.schedule-next/1', items: ahead.map(itemOf), next: null });
      return EXIT.ok;
    }
    const isOne = target.timetables.length === 1;
    if (isOne) for (const line of await headOf(target.timetables[0] as Timetable, engine === null)) print(line);
    if (ahead.length === 0) sayNoSchedule(target);
    else print(await listOf(ahead, now, isOne));
    for (const line of forecastsOf(target, ahead, now)) say(line);
    if (engine !== null && ahead.length > 0 && engine.store.processes.livingServer() === null)
      say('no server runs now, so nothing starts: weir up');
    return EXIT.ok;
  });
}

function itemOf({ timetable, slot, whyNot, note }: Upcoming) {
  return { deployment: timetable.name, at: isoTime(slot.at), why_not: whyNot, note };
}

/** Of one: what its schedules mean. */
export async function headOf({ name, schedules }: Timetable, isNew: boolean): Promise<string[]> {
  const lines = await Promise.all(
    schedules.map(async ({ spec }) => {
      const zone = `${spec.timezone}${spec.isTimezoneWritten ? '' : name === null ? '' : " (the machine's)"}`;
      const counted =
        spec.kind === 'interval' && !spec.isAnchorWritten && isNew
          ? ', counted from its first deploy, here from now'
          : '';
      return `${colors.bold(plainText(scheduleText(spec)))}  ${plainText(await scheduleInWords(spec))}, ${zone}${counted}`;
    }),
  );
  return name === null ? lines : [colors.bold(plainText(name)), ...lines.map((line) => `  ${line}`)];
}

async function listOf(ahead: readonly Upcoming[], now: number, isOne: boolean): Promise<string> {
  const zones = ahead.map(({ schedule }) => schedule.spec.timezone);
  const clock = clockFor(
    ahead.map(({ slot }) => slot.at),
    zones,
  );
  const words = new Map<string, string>();
  for (const { schedule } of ahead) {
    const { spec } = schedule;
    if (!isOne && !words.has(schedule.identity)) words.set(schedule.identity, await scheduleInWords(spec));
  }
  const heading = [`due (${clock.zone})`, 'in', ...(isOne ? [] : ['deployment', 'schedule']), ''];
  const rows = ahead.map((each) => [
    each.whyNot === null ? clock.tell(each.slot.at) : colors.dim(clock.tell(each.slot.at)),
    formatDuration(each.slot.at - now),
    ...(isOne ? [] : [plainText(each.timetable.name ?? ''), plainText(words.get(each.schedule.identity) ?? '')]),
    remarkOf(each, clock),
  ]);
  return fitTable([heading.map((cell) => colors.dim(cell)), ...rows], isOne ? 2 : 3);
}

function remarkOf({ schedule, slot, whyNot, note }: Upcoming, clock: Clock): string {
  const { timezone } = schedule.spec;
  const parts = [
    timezone === clock.zone ? null : `${timeIn(slot.at, timezone)} in ${timezone}`,
    whyNot === null ? null : colors.yellow(`will not run: ${plainText(whyNot)}`),
    note === null ? null : plainText(note),
  ];
  return parts.filter((part) => part !== null).join('; ');
}

/** Of those that the list shows. */
function forecastsOf(target: TimetableTarget, ahead: readonly Upcoming[], now: number): string[] {
  const shown = new Set(ahead.map(({ timetable }) => timetable));
  return target.timetables.flatMap((timetable) => {
    const forecast = shown.has(timetable) ? overlapForecast(timetable, now) : null;
    return forecast === null ? [] : [`${timetable.name} ${forecast}`];
  });
}

/** Nothing lies ahead: why. */
export function sayNoSchedule({ kind, timetables }: TimetableTarget): void {
  if (timetables.some(({ schedules }) => schedules.length > 0)) return say('nothing is due any more');
  if (timetables.length === 0) return say('nothing is deployed yet: weir up deploys the flows of a folder');
  if (kind === 'all') return say('no deployment has a schedule');
  say(`${timetables.map(({ name }) => name).join(', ')}: no schedule, so it runs when somebody starts it`);
}
