/** `weir show`: one run with its tasks, why each was reused or ran again, what it left, and what can be done next. */
import type { Engine } from '../../engine/engine.ts';
import { turnInWords, turnWait } from '../../engine/schedule/turns.ts';
import { LARGEST_RESULT_SHOWN, runJson } from '../../engine/tell/run-json.ts';
import { clockTime, localTime } from '../../engine/tell/told-times.ts';
import { selectRun } from '../../engine/verbs/select-run.ts';
import { formatDuration } from '../../model/duration.ts';
import { EXIT } from '../../model/errors.ts';
import { isFinal, type State } from '../../model/state.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import { colors, print, printJson, say, showMetrics, stateGlyph, table } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { sayInterrupted, withEngine } from '../session.ts';
import { plainText } from '../terminal-text.ts';
import { errorDetails, sayNext } from './run-end.ts';
import { agoInWords, ranMs } from './run-facts.ts';
import { taskLines } from './show-tasks.ts';

const LONGEST_VALUE = 300;
/** The rest of a long history is only counted. */
const MOST_STATES = 8;

export async function show([id]: [string?], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async (engine) => {
    const { store } = engine;
    const row = selectRun(store, id);
    const json = runJson(store, row);
    if (flags.json) {
      printJson(json);
      return EXIT.ok;
    }
    const { state } = row;
    const message = state.message === null ? '' : `: ${plainText(state.message)}`;
    print(`${stateGlyph(state.type, state.name)} ${plainText(row.flow)}, run ${row.id}: ${state.name}${message}`);
    print(table(factsOf(engine, row, json).map(([name = '', value = '']) => [`  ${colors.dim(name)}`, value])));
    // What the latest attempt did not call comes last.
    const isLeftBehind = ({ flowAttempt }: TaskRunRow) => Number(flowAttempt < row.attempt);
    const tasks = store.taskRuns.ofRun(row.id).sort((a, b) => isLeftBehind(a) - isLeftBehind(b));
    if (tasks.length > 0) print(`\n${taskLines(store, tasks, engine.now()).join('\n')}`);
    // A task's own error stands with the task already.
    if (row.error !== null && !tasks.some((task) => task.error?.message === row.error?.message))
      print(`\n${errorLines(row).join('\n')}`);
    if (json.artifacts.length > 0) print(`\n${artifactLines(row.id, json.artifacts).join('\n')}`);
    if (isFinal(state.type) && process.stdout.isTTY) say('');
    if (isFinal(state.type)) sayNext(store, row, { isShown: true });
    else print(colors.dim(`\n  weir watch ${row.id}, weir why ${row.id}`));
    sayInterrupted(engine);
    return EXIT.ok;
  });
}

type RunJson = ReturnType<typeof runJson>;

function factsOf(engine: Engine, row: FlowRunRow, json: RunJson): string[][] {
  const { store } = engine;
  const now = engine.now();
  const states = store.flowRuns.states(row.id);
  const isUsual = row.name === row.flow || row.name === `${row.flow}-${row.id}`;
  const ownName = isUsual ? [] : [['name', plainText(row.name)]];
  const optional = (name: string, value: string | null) => (value === null || value === '' ? [] : [[name, value]]);
  return [
    ...ownName,
    ...optional('attempt', row.attempt > 1 ? String(row.attempt) : null),
    ['started', row.startAt === null ? notStarted(row) : whenOf(row.startAt, now)],
    ['took', formatDuration(ranMs(row, now))],
    ...sleepingUntil(engine, row),
    ...optional('waits', waitOf(engine, row)),
    [
      'trigger',
      `${row.parentRunId === null ? row.trigger : `subflow of run ${row.parentRunId}`}${json.deployment === null ? '' : `, ${json.deployment}`}, on a ${row.infrastructure}`,
    ],
    ...optional('slot', row.slotAt === null ? null : localTime(row.slotAt)),
    ['params', shorten(JSON.stringify(json.params))],
    [
      'result',
      json.result === null
        ? (json.result_size ?? 0) <= LARGEST_RESULT_SHOWN
          ? 'none'
          : `${json.result_size} bytes`
        : shorten(JSON.stringify(json.result)),
    ],
    ...optional('tags', row.tags.map(plainText).join(', ')),
    ...optional('metrics', Object.keys(row.metrics).length === 0 ? null : showMetrics(row.metrics)),
    ['states', statesText(states, now)],
  ];
}

/** `Pending 14:30:05, Running, Failed 14:30:17`: a time where it differs from the one before. */
function statesText(states: readonly State[], now: number): string {
  const shown = states.length > MOST_STATES ? states.slice(-MOST_STATES) : states;
  let last = '';
  const told = shown.map((state) => {
    const time = clockTime(state.at, now);
    const isNew = time !== last;
    last = time;
    return isNew ? `${state.name} ${colors.dim(time)}` : state.name;
  });
  const left = states.length - shown.length;
  return `${left > 0 ? `${left} earlier, ` : ''}${told.join(', ')}`;
}

function notStarted({ scheduledAt }: FlowRunRow): string {
  return scheduledAt === null ? 'not yet' : `not yet, due ${localTime(scheduledAt)}`;
}

function whenOf(at: number, now: number): string {
  const ago = agoInWords(at, now);
  return `${localTime(at)}${ago === null ? '' : colors.dim(` (${ago})`)}`;
}

function errorLines({ error }: FlowRunRow): string[] {
  if (error === null) return [];
  return [
    `${colors.red(plainText(error.name))}: ${plainText(error.message)}`,
    ...errorDetails(error).map((line) => colors.dim(`  ${line}`)),
    ...(error.hint === undefined ? [] : [`  ${plainText(error.hint)}`]),
  ];
}

function artifactLines(runId: number, artifacts: RunJson['artifacts']): string[] {
  const rows = artifacts.map(({ key, kind, size, description }) => [
    `  ${plainText(key)}`,
    kind,
    `${size} bytes`,
    colors.dim(plainText(description ?? '')),
  ]);
  return [`artifacts ${colors.dim(`(weir artifact get ${runId} KEY)`)}`, table(rows)];
}

/** What its `sleep()` waits for, unless that is over. */
function sleepingUntil(engine: Engine, row: FlowRunRow): string[][] {
  const until = isFinal(row.state.type) ? null : engine.store.sleeps.latestEnd(row.id);
  return until === null || until <= engine.now() ? [] : [['sleeping', `until ${localTime(until)}`]];
}

/** What of its deployment must end before it begins. */
function waitOf({ store }: Engine, row: FlowRunRow): string | null {
  const wait = turnWait(store, row);
  return wait === null ? null : plainText(turnInWords(store, row, wait).replace(/^waits (for its turn: )?/, ''));
}

function shorten(text: string): string {
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}...` : text;
}
