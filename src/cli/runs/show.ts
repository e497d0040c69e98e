/** `weir show`: one run with its tasks, why each was reused or ran again, what it left, and what can be done next. */
import { type RunAccount, runAccount } from '../../engine/tell/run-account.ts';
import { LARGEST_RESULT_SHOWN, runJson } from '../../engine/tell/run-json.ts';
import { clockTime, localTime } from '../../engine/tell/told-times.ts';
import { selectRun } from '../../engine/verbs/select-run.ts';
import { formatDuration } from '../../model/duration.ts';
import { EXIT } from '../../model/errors.ts';
import type { PlainError } from '../../model/plain-error.ts';
import { isFinal } from '../../model/state.ts';
import { colors, print, printJson, say, showMetrics, stateGlyph, table } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { sayInterrupted, withEngine } from '../session.ts';
import { plainText } from '../terminal-text.ts';
import { errorDetails, sayNext } from './run-end.ts';
import { agoInWords, tookMs } from './run-facts.ts';
import { taskLines } from './show-tasks.ts';

const LONGEST_VALUE = 300;
/** The rest of a long history is only counted. */
const MOST_STATES = 8;

export async function show([id]: [string?], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async (engine) => {
    const { store, now } = engine;
    const row = selectRun(store, id);
    if (flags.json) printJson(runJson(store, row));
    else {
      tellRun(runAccount(store, row, now()), now());
      sayInterrupted(engine);
    }
    return EXIT.ok;
  });
}

/** Of this database, or of a server elsewhere. */
export function tellRun(account: RunAccount, now: number): void {
  const { run, end } = account;
  const { id, state } = run;
  const message = state.message === null ? '' : `: ${plainText(state.message)}`;
  print(`${stateGlyph(state.type, state.name)} ${plainText(run.flow)}, run ${id}: ${state.name}${message}`);
  print(table(factsOf(account, now).map(([name = '', value = '']) => [`  ${colors.dim(name)}`, value])));
  if (run.tasks.length > 0) print(`\n${taskLines(account, now).join('\n')}`);
  // A task's own error stands with the task already.
  const { error } = end;
  if (error !== null && !run.tasks.some((task) => task.error?.message === error.message))
    print(`\n${errorLines(error).join('\n')}`);
  if (run.artifacts.length > 0) print(`\n${artifactLines(run).join('\n')}`);
  if (isFinal(state.type) && process.stdout.isTTY) say('');
  if (isFinal(state.type)) sayNext(end, { isShown: true });
  else print(colors.dim(`\n  weir watch ${id}, weir why ${id}`));
}

type RunJson = RunAccount['run'];

function factsOf({ run, waits, sleeping_until: sleepingUntil }: RunAccount, now: number): string[][] {
  const isUsual = run.name === run.flow || run.name === `${run.flow}-${run.id}`;
  const ownName = isUsual ? [] : [['name', plainText(run.name)]];
  const optional = (name: string, value: string | null) => (value === null || value === '' ? [] : [[name, value]]);
  return [
    ...ownName,
    ...optional('attempt', run.attempt > 1 ? String(run.attempt) : null),
    ['started', run.start_time === null ? notStarted(run) : whenOf(Date.parse(run.start_time), now)],
    ['took', formatDuration(tookMs(run, now))],
    ...optional('sleeping', sleepingUntil === null ? null : `until ${localTime(Date.parse(sleepingUntil))}`),
    // What of its deployment must end before it begins.
    ...optional('waits', waits === null ? null : plainText(waits.replace(/^waits (for its turn: )?/, ''))),
    [
      'trigger',
      `${run.parent === null ? run.trigger : `subflow of run ${run.parent.run}`}${run.deployment === null ? '' : `, ${run.deployment}`}, on a ${run.infrastructure}`,
    ],
    ...optional('slot', run.slot === null ? null : localTime(Date.parse(run.slot))),
    ['params', shorten(JSON.stringify(run.params))],
    [
      'result',
      run.result === null
        ? (run.result_size ?? 0) <= LARGEST_RESULT_SHOWN
          ? 'none'
          : `${run.result_size} bytes`
        : shorten(JSON.stringify(run.result)),
    ],
    ...optional('tags', run.tags.map(plainText).join(', ')),
    ...optional('metrics', Object.keys(run.metrics).length === 0 ? null : showMetrics(run.metrics)),
    ['states', statesText(run.states, now)],
  ];
}

/** `Pending 14:30:05, Running, Failed 14:30:17`: a time where it differs from the one before. */
function statesText(states: RunJson['states'], now: number): string {
  const shown = states.length > MOST_STATES ? states.slice(-MOST_STATES) : states;
  let last = '';
  const told = shown.map((state) => {
    const time = clockTime(Date.parse(state.at), now);
    const isNew = time !== last;
    last = time;
    return isNew ? `${state.name} ${colors.dim(time)}` : state.name;
  });
  const left = states.length - shown.length;
  return `${left > 0 ? `${left} earlier, ` : ''}${told.join(', ')}`;
}

function notStarted({ scheduled_at: due }: RunJson): string {
  return due === null ? 'not yet' : `not yet, due ${localTime(Date.parse(due))}`;
}

function whenOf(at: number, now: number): string {
  const ago = agoInWords(at, now);
  return `${localTime(at)}${ago === null ? '' : colors.dim(` (${ago})`)}`;
}

function errorLines(error: PlainError): string[] {
  return [
    `${colors.red(plainText(error.name))}: ${plainText(error.message)}`,
    ...errorDetails(error).map((line) => colors.dim(`  ${line}`)),
    ...(error.hint === undefined ? [] : [`  ${plainText(error.hint)}`]),
  ];
}

function artifactLines({ id, artifacts }: RunJson): string[] {
  const rows = artifacts.map(({ key, kind, size, description }) => [
    `  ${plainText(key)}`,
    kind,
    `${size} bytes`,
    colors.dim(plainText(description ?? '')),
  ]);
  return [`artifacts ${colors.dim(`(weir artifact get ${id} KEY)`)}`, table(rows)];
}

function shorten(text: string): string {
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}...` : text;
}
