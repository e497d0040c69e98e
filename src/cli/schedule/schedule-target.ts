/**
 * What a person means by DEPLOYMENT, FILE or "EXPRESSION" in `weir schedule`: an expression needs no file and no
 * database, a file is judged as it stands, everything else is the name of a deployment.
 */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { chooseDescription } from '../../engine/deploy/choose-flow.ts';
import { findDeployment } from '../../engine/deploy/find-deployment.ts';
import { flowFilesIn } from '../../engine/deploy/flow-files.ts';
import type { Engine } from '../../engine/engine.ts';
import { createEarlyPool } from '../../engine/execute/early-pool.ts';
import { timetableOf } from '../../engine/schedule/deployed-timetable.ts';
import { zoneOfTimes } from '../../engine/tell/told-times.ts';
import { WeirError } from '../../model/errors.ts';
import { flowTarget } from '../../model/flow-file.ts';
import type { ScheduleInput } from '../../model/schedule-input.ts';
import {
  resolveSchedule,
  resolveSchedules,
  type ScheduleSpec,
  scheduleIdentity,
  scheduleWarnings,
} from '../../model/schedule-spec.ts';
import type { Timetable } from '../../model/timetable.ts';
import { createInlineRunner } from '../inline-runner.ts';
import { say } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { RUNNER_ARGV, SPAWNER_ARGV } from '../roles.ts';
import { parseTarget } from '../runs/target.ts';
import { sayFault, settingsOf, withEngine } from '../session.ts';

export interface TimetableTarget {
  readonly kind: 'expression' | 'file' | 'deployment' | 'all';
  readonly timetables: readonly Timetable[];
}

/** Gives what the words mean to `use`; of a deployment with the engine whose file it stands in. */
export async function withTimetables<T>(
  words: readonly string[],
  flags: GlobalFlags,
  use: (target: TimetableTarget, now: number, engine: Engine | null) => T | Promise<T>,
): Promise<T> {
  const text = oneText(words);
  const now = Date.now();
  if (text !== null && isExpression(text)) {
    return use({ kind: 'expression', timetables: [ofExpression(text, now)] }, now, null);
  }
  if (text !== null && isFile(text)) {
    return use({ kind: 'file', timetables: await ofFile(text, flags, now) }, now, null);
  }
  return withEngine(flags, 'command', async (engine) => {
    const { store } = engine;
    const rows = text === null ? store.deployments.all() : [selectNamed(engine, text)];
    const timetables = rows.map((row) => timetableOf(store, row, engine.now()));
    return use({ kind: text === null ? 'all' : 'deployment', timetables }, engine.now(), engine);
  });
}

/** A shell takes an expression without quotes apart, and puts the names of files in place of its stars. */
function oneText(words: readonly string[]): string | null {
  if (words.length < 2) return words[0] ?? null;
  if (words.some((word) => existsSync(resolve(word)))) {
    throw new WeirError('usage', `${words.length} words are no one schedule, and some of them are names of files`, {
      hint: `an expression stands in quotes, so that the shell leaves its stars alone: weir schedule next '30 2 * * *'`,
    });
  }
  return words.join(' ');
}

function isExpression(text: string): boolean {
  if (existsSync(resolve(text))) return false;
  return /\s/.test(text.trim()) || /^(@|(CRON_)?TZ=|RRULE|DTSTART|FREQ=)/i.test(text.trim()) || isDuration(text);
}

function isDuration(text: string): boolean {
  return /^\d+(\.\d+)?(ms|[smhdw])([\d.]+(ms|[smhdw]))*$/.test(text.trim());
}

function ofExpression(text: string, now: number): Timetable {
  const spec = resolveSchedule(inputOf(text.trim()), {
    machineZone: zoneOfTimes(),
    seed: 'expression',
    createdAt: now,
  });
  for (const warning of scheduleWarnings(spec)) say(warning);
  return undeployed(null, [spec]);
}

/** As it would be written in a flow; `every 90m` as crontabs have it. */
function inputOf(text: string): ScheduleInput {
  if (/^(RRULE|DTSTART|FREQ=)/i.test(text)) return { rrule: text };
  if (isDuration(text)) return { interval: text };
  return text.replace(/^every\s+/i, '@every ');
}

/** A path, or FILE:FLOW; what is named like a flow file is meant as one, also where there is none. */
function isFile(text: string): boolean {
  if (flowTarget(text) !== null) return true;
  return existsSync(resolve(text)) && (text.includes('/') || text.startsWith('.')) && !text.endsWith('/default');
}

async function ofFile(text: string, flags: GlobalFlags, now: number): Promise<Timetable[]> {
  const early = createEarlyPool({
    db: settingsOf(flags).db,
    role: 'run',
    spawnerArgv: SPAWNER_ARGV,
    runnerArgv: RUNNER_ARGV,
    makeInlineRunner: createInlineRunner,
    onFault: sayFault,
  });
  try {
    const whole = resolve(text);
    const isFolder = existsSync(whole) && statSync(whole).isDirectory();
    const { path, flow } = isFolder ? { path: whole, flow: null } : parseTarget(text);
    const paths = isFolder ? flowFilesIn(path) : [path];
    const flows = (await Promise.all(paths.map((each) => early.pool.describe(each)))).flat();
    if (flows.length === 0) throw new WeirError('usage', `there is no flow in ${text}`);
    const chosen = flow === null ? flows : [chooseDescription(path, flows, flow)];
    return chosen.map(({ name, schedules }) => {
      const surroundings = { machineZone: zoneOfTimes(), seed: `${name}/default`, createdAt: now };
      return undeployed(name, resolveSchedules(schedules as ScheduleInput[], surroundings));
    });
  } finally {
    await early.pool.stop();
  }
}

function undeployed(name: string | null, specs: readonly ScheduleSpec[]): Timetable {
  const schedules = specs.map((spec) => ({ identity: scheduleIdentity(spec), spec, nextAt: null }));
  return { name, schedules, paused: null, broken: null, typicalMs: null, runningUntil: null };
}

function selectNamed({ store }: Engine, text: string) {
  try {
    return findDeployment(store, text);
  } catch (error) {
    if (!(error instanceof WeirError) || error.code !== 'not-found' || error.hint?.startsWith('did you')) throw error;
    throw new WeirError('not-found', `"${text}" is no deployment, no file, and no expression`, {
      hint: `an expression has five fields, in quotes: weir schedule next '30 2 * * *'; weir up deploys the flows of a folder`,
      cause: error,
    });
  }
}
