/** `weir schedule slots`: what became of each due time, newest first: the ledger, with ranges told slot by slot. */

import { deploymentsEver, findDeployment } from '../../engine/deploy/find-deployment.ts';
import { type LedgerPlace, type LedgerSlot, ledgerPage } from '../../engine/tell/ledger.ts';
import { SLOT_OUTCOMES, slotJson } from '../../engine/tell/slot-json.ts';
import { isoTime, zoneOfTimes } from '../../engine/tell/told-times.ts';
import { EXIT, nearest, WeirError } from '../../model/errors.ts';
import type { ScheduleSpec } from '../../model/schedule-spec.ts';
import type { SlotOutcome } from '../../model/slot.ts';
import { ordered, parseFrom, parseTo } from '../../model/time-range.ts';
import type { Store } from '../../store/store.ts';
import { clockFor } from '../clock.ts';
import { colors, fitTable, print, printJson, say } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { withEngine } from '../session.ts';
import { plainText } from '../terminal-text.ts';
import { parseWhole } from '../whole-number.ts';
import { showOutcome } from './outcome.ts';

const DEFAULT_LIMIT = 20;
const MOST = 100_000;

interface SlotsFlags extends GlobalFlags {
  readonly from?: string;
  readonly to?: string;
  readonly limit?: string;
  readonly outcome: readonly string[];
  readonly before?: string;
}

export async function scheduleSlots([text]: [string?], flags: SlotsFlags): Promise<number> {
  const limit = parseWhole('--limit', flags.limit, MOST) ?? DEFAULT_LIMIT;
  const outcomes = flags.outcome.flatMap((words) => words.split(',')).map(parseOutcome);
  const behind = flags.before === undefined ? null : parsePlace(flags.before);
  return withEngine(flags, 'command', async ({ store, now }) => {
    const rows = text === undefined ? deploymentsEver(store) : [findDeployment(store, text, { withDeleted: true })];
    const deploymentIds = rows.map(({ id }) => id);
    const range = rangeOf(flags, zoneFor(store, deploymentIds), now());
    const found = ledgerPage(store, { deploymentIds, ...range, outcomes, behind, limit: limit + 1 });
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    const next = last === undefined ? null : `${isoTime(last.slot.at)}/${last.slot.scheduleId}`;
    if (flags.json) {
      printJson({ schema: 'weir.slots/1', items: shown.map(slotJson), next });
      return EXIT.ok;
    }
    if (shown.length === 0) say(nothing(rows.length, text, outcomes.length > 0 || isNarrowed(flags)));
    else print(listOf(shown, rows.length === 1));
    if (next !== null) say(colors.dim(`older ones: --before ${next}, or --limit for more at once`));
    return EXIT.ok;
  });
}

function listOf(slots: readonly LedgerSlot[], isOne: boolean): string {
  const zones = slots.map(({ schedule }) => zoneOf(schedule.spec));
  const clock = clockFor(
    slots.map(({ slot }) => slot.at),
    zones,
  );
  const heading = [`due (${clock.zone})`, ...(isOne ? [] : ['deployment']), 'outcome', 'run', ''];
  const rows = slots.map(({ deployment, slot }) => [
    clock.tell(slot.at),
    ...(isOne ? [] : [plainText(deployment)]),
    showOutcome(slot.outcome),
    slot.flowRunId === null ? '' : String(slot.flowRunId),
    // What a clock change dropped has its note as the reason.
    plainText([...new Set([slot.reason, slot.note])].filter((part) => part !== null).join('; ')),
  ]);
  return fitTable([heading.map((cell) => colors.dim(cell)), ...rows], heading.length - 1);
}

function rangeOf({ from, to }: SlotsFlags, zone: string, now: number) {
  const begin = from === undefined ? 0 : parseFrom(from, zone, '--from', now);
  const end = to === undefined ? Number.MAX_SAFE_INTEGER - 1 : parseTo(to, zone, '--to', { from: begin, now });
  return ordered({ from: begin, to: end }, zone, '--to');
}

/** Times without an offset are meant on the clock of the schedules where all have one. */
function zoneFor(store: Store, deploymentIds: readonly number[]): string {
  const zones = deploymentIds.flatMap((id) => store.deployments.schedulesOf(id).map(({ spec }) => zoneOf(spec)));
  return clockFor([], zones).zone;
}

function zoneOf(spec: string): string {
  try {
    return (JSON.parse(spec) as ScheduleSpec).timezone;
  } catch {
    return zoneOfTimes();
  }
}

function isNarrowed({ from, to, before }: SlotsFlags): boolean {
  return from !== undefined || to !== undefined || before !== undefined;
}

function nothing(deployments: number, text: string | undefined, isNarrowed: boolean): string {
  if (deployments === 0) return 'nothing is deployed yet: weir up deploys the flows of a folder';
  if (isNarrowed) return 'no due time matches';
  return `nothing was due yet: weir schedule next${text === undefined ? '' : ` ${text}`} tells what will be`;
}

function parseOutcome(word: string): SlotOutcome {
  const written = word.trim().toLowerCase().replaceAll(/[- ]/g, '_');
  const outcome = SLOT_OUTCOMES.find((each) => each === written);
  if (outcome !== undefined) return outcome;
  const near = nearest(written, SLOT_OUTCOMES);
  throw new WeirError('usage', `--outcome is "${word}"; it must be one of ${SLOT_OUTCOMES.join(', ')}`, {
    ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
  });
}

/** `2026-11-23T06:00:00.000Z/7`, as `next` in the JSON said. */
function parsePlace(text: string): LedgerPlace {
  const [, time = '', id = ''] = /^(.+)\/(\d{1,15})$/.exec(text.trim()) ?? [];
  const at = Date.parse(time);
  if (!Number.isNaN(at)) return { at, scheduleId: Number(id) };
  throw new WeirError('usage', `--before is "${text}", which is no place in the ledger`, {
    hint: 'give it what next in the JSON of the page before said, such as 2026-11-23T06:00:00.000Z/7',
  });
}
