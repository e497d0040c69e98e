/** What a command is told of the run and the task that it is: Weir's own variables, and the file WEIR_INPUTS. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toPlainJson } from '../../model/plain-json.ts';
import { HAND_OVER_FOLDER, type RunStart } from '../../model/run-start.ts';
import type { Scope } from '../scope.ts';
import { instantIn } from '../slot-zone.ts';
import { INPUTS_FILE } from './hand-over-folders.ts';
import { writeOver } from './written-over.ts';

/** Linux takes 128 KiB for one variable; what is longer is in the file WEIR_INPUTS all the same. */
const LONGEST = 100_000;

/** `params` as validated; the same for all commands of a run, so what is made of them is made once. */
export function variablesOf(run: RunStart, scope: Scope, params: unknown): Record<string, string> {
  return {
    ...ofRun(run, params).variables,
    WEIR_TASK: scope.taskName ?? '',
    WEIR_ATTEMPT: String(scope.taskAttempt),
  };
}

/** Writes the file of inputs and gives its path: the run's own, or one in `folder` where there is more to tell. */
export function writeInputs(
  run: RunStart,
  params: unknown,
  more: Readonly<Record<string, unknown>> | undefined,
  folder: string,
): string {
  const inputs = ofRun(run, params);
  if (more !== undefined) {
    const path = join(folder, INPUTS_FILE);
    writeOver(path, JSON.stringify({ ...inputs.content, ...(toPlainJson(more) as object) }));
    return path;
  }
  if (!inputs.isWritten) {
    mkdirSync(join(run.runDir, HAND_OVER_FOLDER), { recursive: true });
    // All commands of the run read it, so none of them may change it.
    rmSync(inputs.path, { force: true });
    writeFileSync(inputs.path, JSON.stringify(inputs.content), { mode: 0o444 });
    inputs.isWritten = true;
  }
  return inputs.path;
}

interface OfRun {
  readonly params: unknown;
  readonly variables: Readonly<Record<string, string>>;
  readonly content: Readonly<Record<string, unknown>>;
  readonly path: string;
  isWritten: boolean;
}

const known = new WeakMap<RunStart, OfRun>();

function ofRun(run: RunStart, params: unknown): OfRun {
  const before = known.get(run);
  if (before !== undefined && before.params === params) return before;
  const plain = (toPlainJson(params ?? {}) ?? {}) as Record<string, unknown>;
  const slot = slotOf(run);
  const variables: Record<string, string> = {
    WEIR_RUN: String(run.runId),
    WEIR_FLOW: run.flow,
    WEIR_RUN_DIR: run.runDir,
  };
  for (const [name, value] of Object.entries(slot ?? {}))
    if (value !== null) variables[`WEIR_SLOT_${name.toUpperCase()}`] = value;
  for (const [name, value] of Object.entries(plain)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (text.length < LONGEST && !text.includes('\0')) variables[paramVariable(name)] = text;
  }
  const made: OfRun = {
    params,
    variables,
    content: { params: plain, slot },
    path: join(run.runDir, HAND_OVER_FOLDER, INPUTS_FILE),
    isWritten: false,
  };
  known.set(run, made);
  return made;
}

/** `WEIR_PARAM_THE_WEEK` of `the-week`. */
function paramVariable(name: string): string {
  return `WEIR_PARAM_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}

function slotOf({ slot }: RunStart): Readonly<Record<'time' | 'start' | 'end', string | null>> | null {
  if (slot === null) return null;
  const text = (at: number) => instantIn(at, slot.zone);
  return { time: text(slot.time), start: slot.start === null ? null : text(slot.start), end: text(slot.end) };
}
