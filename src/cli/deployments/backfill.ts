/** `weir deployment backfill`: runs for due times of the past that have none, so many at once. */
import { findDeployment } from '../../engine/deploy/find-deployment.ts';
import { carryOutBackfill, MOST_BACKFILLED } from '../../engine/schedule/backfill.ts';
import { backfillWish, planBackfillOf } from '../../engine/schedule/backfill-wish.ts';
import { type BackfillJson, backfillJson } from '../../engine/tell/backfill-json.ts';
import { zoneAsked } from '../../engine/tell/told-times.ts';
import { EXIT } from '../../model/errors.ts';
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

export interface BackfillFlags extends GlobalFlags {
  readonly from?: string;
  readonly to?: string;
  readonly max?: string;
  readonly schedule?: string;
  readonly newestFirst?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export async function backfill([text]: [string], flags: BackfillFlags): Promise<number> {
  const max = parseMost(flags.max);
  return withEngine(flags, 'command', async ({ store, now }) => {
    const deployment = findDeployment(store, text);
    const wish = backfillWish(store, deployment, { ...flags, max }, { now: now(), zone: zoneAsked() });
    const plan = planBackfillOf(store, wish, now());
    const planned = backfillJson(store, wish, plan, plan.slots, flags.dryRun === true);
    return tellBackfill(planned, flags, {
      isServed: () => store.processes.livingServer() !== null,
      carryOut: async () => backfillJson(store, wish, plan, await carryOutBackfill(store, wish, plan, now()), false),
    });
  });
}

/** How many go on at once. */
export function parseMost(text: string | undefined): number {
  return parseWhole('--max', text, 10_000) ?? DEFAULT_MAX;
}

/** Shows what is planned, asks where somebody can answer, and has it carried out: here, or by a server elsewhere. */
export async function tellBackfill(
  planned: BackfillJson,
  flags: BackfillFlags,
  parts: { readonly carryOut: () => Promise<BackfillJson>; readonly isServed: () => boolean },
): Promise<number> {
  if (flags.dryRun === true || planned.planned === 0) {
    tell(planned, flags);
    return EXIT.ok;
  }
  if (!flags.yes && !flags.json && !(await mayGoOn(question(planned)))) {
    say('nothing was started');
    return EXIT.declined;
  }
  const done = await parts.carryOut();
  tell(done, flags);
  if (!flags.json && done.items.length > 0 && !parts.isServed()) say('no server runs now, so nothing starts: weir up');
  return EXIT.ok;
}

function question({ planned, deployment, max }: BackfillJson): string {
  const begun = max === 1 ? 'one at a time' : `at most ${max} at a time`;
  return `Make ${runs(planned)} of ${deployment}, ${begun}?`;
}

function tell(backfilled: BackfillJson, flags: BackfillFlags): void {
  if (flags.json) return printJson(backfilled);
  const { planned, items, left, dry_run: isDry } = backfilled;
  if (planned === 0) return say(nothing(backfilled));
  if (items.length === 0) return say('every due time has got a run meanwhile');
  print(listOf(items));
  const more = items.length - MOST_SHOWN;
  if (more > 0) print(colors.dim(`and ${more} more`));
  if (left > 0)
    say(
      `${left} more are left: one backfill makes ${MOST_BACKFILLED} runs at most; the same once more goes on with them`,
    );
  if (isDry) return say(`${runs(items.length)} would be made; nothing was started`);
  sayHow(backfilled);
}

function listOf(items: BackfillJson['items']): string {
  const shown = items.slice(0, MOST_SHOWN);
  const clock = clockFor(
    shown.map(({ slot }) => Date.parse(slot)),
    items.map(({ timezone }) => timezone),
  );
  const isMany = new Set(items.map(({ schedule }) => schedule)).size > 1;
  const heading = [`due (${clock.zone})`, ...(isMany ? ['schedule'] : []), 'was', 'run'].map((cell) =>
    colors.dim(cell),
  );
  const rows = shown.map(({ schedule, slot, outcome, reason, run }) => [
    clock.tell(Date.parse(slot)),
    ...(isMany ? [plainText(schedule)] : []),
    reason === null ? showOutcome(outcome) : colors.dim(plainText(reason)),
    run === null ? '' : String(run),
  ]);
  return fitTable([heading, ...rows], isMany ? 2 : 1);
}

function sayHow({ items, max, limit }: BackfillJson): void {
  const order = max === 1 ? 'one after another' : `at most ${max} at once`;
  say(
    `${runs(items.length)} ${items.length === 1 ? 'waits in the queue' : `wait in the queue and go on ${order}`}; watch them: weir runs trigger:backfill`,
  );
  if (items.length > max) say(`more at once, or none with 0: weir concurrency-limit create ${limit} ${max + 1}`);
}

function nothing({ deployment, timezones, ...range }: BackfillJson): string {
  const [from, to] = [Date.parse(range.from), Date.parse(range.to)];
  const clock = clockFor([from - (from % 60_000), to - (to % 60_000)], timezones);
  const span = `from ${clock.tell(from)} to ${clock.tell(to)}`;
  return `nothing to make up for: every due time of ${deployment} ${span} has a run, or there was none`;
}

function runs(count: number): string {
  return count === 1 ? '1 run' : `${count} runs`;
}
