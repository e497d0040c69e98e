/** `weir deployment backfill`: runs for due times of the past that have none, so many at once. */

import { findDeployment } from '../../engine/deploy/find-deployment.ts';
import type { Engine } from '../../engine/engine.ts';
import {
  type BackfillPlan,
  type BackfillWish,
  backfillLimit,
  carryOutBackfill,
  MOST_BACKFILLED,
  type PlannedSlot,
} from '../../engine/schedule/backfill.ts';
import { backfillWish, planBackfillOf } from '../../engine/schedule/backfill-wish.ts';
import { backfillJson } from '../../engine/tell/backfill-json.ts';
import { zoneAsked } from '../../engine/tell/told-times.ts';
import { EXIT } from '../../model/errors.ts';
import type { ScheduleSpec } from '../../model/schedule-spec.ts';
import type { Store } from '../../store/store.ts';
import { clockFor } from '../clock.ts';
import { mayGoOn } from '../confirm.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { colors, fitTable, print, printJson, say } from '../output.ts';
import { showOutcome } from '../schedule/outcome.ts';
import { withEngine } from '../session.ts';
import { plainText } from '../terminal-text.ts';
import { parseWhole } from '../whole-number.ts';

/** One after another unless told otherwise: nobody wants a year of runs to begin at once. */
const DEFAULT_MAX = 1;
const MOST_SHOWN = 20;

interface BackfillFlags extends GlobalFlags {
  readonly from?: string;
  readonly to?: string;
  readonly max?: string;
  readonly schedule?: string;
  readonly newestFirst?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export async function backfill([text]: [string], flags: BackfillFlags): Promise<number> {
  const max = parseWhole('--max', flags.max, 10_000) ?? DEFAULT_MAX;
  return withEngine(flags, 'command', async (engine) => {
    const { store, now } = engine;
    const deployment = findDeployment(store, text);
    const wish = backfillWish(store, deployment, { ...flags, max }, { now: now(), zone: zoneAsked() });
    const plan = planBackfillOf(store, wish, now());
    const isDry = flags.dryRun === true || plan.slots.length === 0;
    if (isDry) {
      tell(engine, wish, plan, plan.slots, flags, { isDry: flags.dryRun === true });
      return EXIT.ok;
    }
    if (!flags.yes && !flags.json && !(await mayGoOn(question(plan, wish)))) {
      say('nothing was started');
      return EXIT.declined;
    }
    const done = await carryOutBackfill(store, wish, plan, now());
    tell(engine, wish, plan, done, flags, { isDry: false });
    return EXIT.ok;
  });
}

function question({ slots }: BackfillPlan, { deployment, max }: BackfillWish): string {
  const begun = max === 1 ? 'one at a time' : `at most ${max} at a time`;
  return `Make ${runs(slots.length)} of ${deployment.flow}/${deployment.name}, ${begun}?`;
}

function tell(
  engine: Engine,
  wish: BackfillWish,
  plan: BackfillPlan,
  slots: readonly (PlannedSlot & { readonly runId?: number })[],
  flags: BackfillFlags,
  { isDry }: { readonly isDry: boolean },
): void {
  if (flags.json) {
    printJson(backfillJson(wish, plan, slots, isDry));
    return;
  }
  if (plan.slots.length === 0) return say(nothing(engine.store, wish));
  if (slots.length === 0) return say('every due time has got a run meanwhile');
  print(listOf(slots));
  const more = slots.length - MOST_SHOWN;
  if (more > 0) print(colors.dim(`and ${more} more`));
  if (plan.left > 0)
    say(
      `${plan.left} more are left: one backfill makes ${MOST_BACKFILLED} runs at most; the same once more goes on with them`,
    );
  if (isDry) return say(`${runs(slots.length)} would be made; nothing was started`);
  sayHow(engine, wish, slots.length);
}

function listOf(slots: readonly (PlannedSlot & { readonly runId?: number })[]): string {
  const shown = slots.slice(0, MOST_SHOWN);
  const zones = slots.map(({ schedule }) => (JSON.parse(schedule.spec) as ScheduleSpec).timezone);
  const clock = clockFor(
    shown.map(({ at }) => at),
    zones,
  );
  const isMany = new Set(slots.map(({ schedule }) => schedule.id)).size > 1;
  const heading = [`due (${clock.zone})`, ...(isMany ? ['schedule'] : []), 'was', 'run'].map((cell) =>
    colors.dim(cell),
  );
  const rows = shown.map(({ schedule, at, outcome, reason, runId }) => [
    clock.tell(at),
    ...(isMany ? [plainText(schedule.identity)] : []),
    outcome === null ? colors.dim(plainText(reason)) : showOutcome(outcome),
    runId === undefined ? '' : String(runId),
  ]);
  return fitTable([heading, ...rows], isMany ? 2 : 1);
}

function sayHow({ store }: Engine, { deployment, max }: BackfillWish, count: number): void {
  const order = max === 1 ? 'one after another' : `at most ${max} at once`;
  say(`${runs(count)} wait in the queue and go on ${order}; watch them: weir runs trigger:backfill`);
  const limit = backfillLimit(deployment);
  if (count > max) say(`more at once, or none with 0: weir concurrency-limit create ${limit} ${max + 1}`);
  if (store.processes.livingServer() === null) say('no server runs now, so nothing starts: weir up');
}

function nothing({ deployments }: Store, { deployment, from, to }: BackfillWish): string {
  const zones = deployments.schedulesOf(deployment.id).map(({ spec }) => (JSON.parse(spec) as ScheduleSpec).timezone);
  const clock = clockFor([from - (from % 60_000), to - (to % 60_000)], zones);
  const span = `from ${clock.tell(from)} to ${clock.tell(to)}`;
  return `nothing to make up for: every due time of ${deployment.flow}/${deployment.name} ${span} has a run, or there was none`;
}

function runs(count: number): string {
  return count === 1 ? '1 run' : `${count} runs`;
}
