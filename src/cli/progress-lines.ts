/** Events of a run as plain lines on stderr, one an event: what `weir run` shows while it works. */

import type { EngineEvent } from '../engine/events.ts';
import { formatDuration } from '../model/duration.ts';
import { isFinal } from '../model/state.ts';
import type { TaskRunRow } from '../store/task-runs.ts';
import { colors, say, stateGlyph } from './output.ts';

const LONGEST_LOG_LINES = 40;
const SLEEP_WORTH_SAYING_MS = 5000;

export function sayEvent(event: EngineEvent): void {
  switch (event.kind) {
    case 'task-state':
      return sayTask(event.task, event.reused);
    case 'log': {
      const who = event.task === null ? '' : `${taskName(event.task)}: `;
      const lines = event.chunk.text.split('\n');
      for (const line of lines.slice(0, LONGEST_LOG_LINES))
        say(`  ${colors.dim(`${who}`)}${event.chunk.level === 'error' ? colors.red(line) : line}`);
      if (lines.length > LONGEST_LOG_LINES)
        say(colors.dim(`  ... ${lines.length - LONGEST_LOG_LINES} more lines, see weir logs ${event.chunk.flowRunId}`));
      return;
    }
    case 'run-state':
      if (event.state.name === 'AwaitingRetry')
        say(`${colors.yellow('~')} run ${event.runId} failed and will be retried: ${event.state.message}`);
      if (event.state.type === 'CANCELLING')
        say(`${colors.dim('/')} run ${event.runId} is being stopped: ${event.state.message}`);
      return;
    case 'sleeping':
      // Short ones would only be noise.
      if (event.until - Date.now() >= SLEEP_WORTH_SAYING_MS) say(`z sleeping until ${localTime(event.until)}`);
      return;
    case 'progress':
      return;
  }
}

function sayTask(task: TaskRunRow, reused: boolean): void {
  const { type, name, message } = task.state;
  const glyph = stateGlyph(type, name);
  if (reused) return say(`${glyph} ${taskName(task)} ${colors.dim(task.why ?? 'reused')}`);
  if (name === 'AwaitingRetry' || name === 'AwaitingLimit') return say(`${glyph} ${taskName(task)} ${message}`);
  if (!isFinal(type)) return;
  const told =
    type === 'COMPLETED' && name === 'Completed'
      ? colors.dim(formatDuration(task.runTimeMs))
      : `${name}${message === null ? '' : `: ${message.split('\n')[0]}`}`;
  say(`${glyph} ${taskName(task)} ${told}`);
}

/** `14:30:05`, with the date where it is not today's. */
export function localTime(at: number): string {
  const date = new Date(at);
  const time = date.toTimeString().slice(0, 8);
  return date.toDateString() === new Date().toDateString() ? time : `${date.toLocaleDateString('sv')} ${time}`;
}

export function taskName(task: TaskRunRow): string {
  return task.label === null ? task.name : `${task.name} ${task.label}`;
}
