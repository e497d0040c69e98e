/** Events of a run as plain lines on stderr, one an event: what `weir run` says where nothing can be drawn in place. */

import type { EngineEvent } from '../../engine/events.ts';
import { toldMessage } from '../../engine/tell/told-message.ts';
import { clockTime } from '../../engine/tell/told-times.ts';
import { formatDuration } from '../../model/duration.ts';
import { isReopening } from '../../model/reopening.ts';
import { isFinal } from '../../model/state.ts';
import { taskTitle } from '../../model/task-title.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import { colors, isTalkative, say, sayMore, stateGlyph } from '../output.ts';
import { plainText, terminalText } from '../terminal-text.ts';
import { progressBar } from './tree-rows.ts';

const LONGEST_LOG_LINES = 40;
const LONGEST_LINE = 2000;
const SLEEP_WORTH_SAYING_MS = 5000;

/** A bar that moves a hundred times would be a hundred lines. */
const PROGRESS_EVERY_MS = 10_000;

/** Gives what is to be told every event. */
export function createPlainLines(now: () => number): (event: EngineEvent) => void {
  const nextProgressAt = new Map<string, number>();
  return (event) => {
    switch (event.kind) {
      case 'task-state':
        return sayTask(event.task, event.reused, now());
      case 'log':
        return sayLog(event);
      case 'run-state':
        return sayRun(event);
      case 'sleeping':
        // Short ones would only be noise.
        if (event.until - now() >= SLEEP_WORTH_SAYING_MS) say(`z sleeping until ${clockTime(event.until, now())}`);
        return;
      case 'run-released':
        return;
      case 'progress': {
        const who = event.task?.identity ?? '';
        const due = nextProgressAt.get(who) ?? now() + PROGRESS_EVERY_MS;
        nextProgressAt.set(who, now() >= due ? now() + PROGRESS_EVERY_MS : due);
        if (now() >= due) say(`  ${event.task === null ? '' : `${taskName(event.task)}: `}${progressBar(event)}`);
        return;
      }
    }
  };
}

/** Lines of the user's code, each with the task that said it. */
export function sayLog({ chunk, task }: Extract<EngineEvent, { kind: 'log' }>): void {
  const who = task === null ? '' : `${taskName(task)}: `;
  const lines = chunk.text.split('\n');
  for (const line of lines.slice(0, LONGEST_LOG_LINES)) {
    const text = terminalText(line.slice(0, LONGEST_LINE), { colors: colors.isColorSupported });
    const rest = line.length > LONGEST_LINE ? colors.dim(`... (${line.length - LONGEST_LINE} more characters)`) : '';
    say(`  ${colors.dim(`${who}`)}${chunk.level === 'error' ? colors.red(text) : text}${rest}`);
  }
  if (lines.length > LONGEST_LOG_LINES)
    say(colors.dim(`  ... ${lines.length - LONGEST_LOG_LINES} more lines, see weir logs ${chunk.flowRunId}`));
}

function sayRun({ runId, state }: Extract<EngineEvent, { kind: 'run-state' }>): void {
  if (state.name === 'AwaitingRetry' && isReopening(state.message))
    say(`${colors.yellow('~')} run ${runId} opens again: ${state.message}`);
  else if (state.name === 'AwaitingRetry')
    say(`${colors.yellow('~')} run ${runId} failed and will be retried: ${state.message}`);
  else if (state.name === 'AwaitingLimit')
    say(`${colors.yellow('~')} run ${runId} ${state.message}; it starts as soon as there is room`);
  else if (state.type === 'CANCELLING')
    say(`${stateGlyph(state.type, state.name)} run ${runId} is being stopped: ${state.message}`);
  else if (!isFinal(state.type)) sayMore(`${stateGlyph(state.type, state.name)} run ${runId}: ${state.name}`);
}

function sayTask(task: TaskRunRow, reused: boolean, now: number): void {
  const { type, name, message } = task.state;
  const isUsual = name !== 'AwaitingRetry' && name !== 'AwaitingLimit' && !isFinal(type);
  // Twice for each of ten thousand tasks, and seldom wanted.
  if (isUsual && !isTalkative()) return;
  const glyph = stateGlyph(type, name);
  if (reused) return say(`${glyph} ${taskName(task)} ${colors.dim(task.why ?? 'reused')}`);
  if (name === 'AwaitingRetry' || name === 'AwaitingLimit')
    return say(`${glyph} ${taskName(task)} ${toldMessage(task.state, now)}`);
  if (isUsual) return sayMore(`${glyph} ${taskName(task)} ${name}`);
  const told =
    type === 'COMPLETED' && name === 'Completed'
      ? colors.dim(formatDuration(task.runTimeMs))
      : `${name}${message === null ? '' : `: ${message.split('\n')[0]}`}`;
  say(`${glyph} ${taskName(task)} ${told}`);
}

export function taskName(task: { readonly name: string; readonly label: string | null }): string {
  return plainText(taskTitle(task));
}
