/** The tree of a run: what it shows, what it folds, and that it never outgrows the terminal. */
import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { type Piece, renderTree } from '../../../src/cli/tree/render-tree.ts';
import { createPicture, type RunPicture } from '../../../src/cli/tree/run-picture.ts';
import type { EngineEvent } from '../../../src/engine/events.ts';
import type { StateName, StateType } from '../../../src/model/state.ts';
import type { TaskRunRow } from '../../../src/store/task-runs.ts';

const NOW = 100_000;

function taskEvent(name: string, type: StateType, given: Partial<TaskRunRow> = {}): EngineEvent {
  const words: Partial<Record<StateType, StateName>> = { RUNNING: 'Running', COMPLETED: 'Completed', FAILED: 'Failed' };
  const state = { type, name: words[type] ?? 'Pending', message: null, at: NOW - 2000 };
  const task = {
    identity: `${name}/${given.label ?? ''}`,
    scope: '',
    name,
    label: null,
    state,
    runTimeMs: type === 'COMPLETED' ? 1200 : 0,
    attempt: 1,
    progress: null,
    error: null,
    why: null,
    ...given,
  };
  return { kind: 'task-state', runId: 12, task: task as unknown as TaskRunRow, reused: false };
}

function pictureOf(events: readonly EngineEvent[]): RunPicture {
  const picture = createPicture({ id: 12, flow: 'weekly', startAt: NOW - 12_400 });
  picture.take({
    kind: 'run-state',
    runId: 12,
    state: { type: 'RUNNING', name: 'Running', message: null, at: NOW - 12_400 },
  });
  for (const event of events) picture.take(event);
  return picture;
}

function textOf(lines: readonly Piece[][]): string[] {
  return lines.map((line) =>
    line
      .map((piece) => (piece.kind === 'state' ? '*' : piece.text))
      .join('')
      .trimEnd(),
  );
}

const draw = (events: readonly EngineEvent[], size = { columns: 80, rows: 24 }) =>
  textOf(renderTree(pictureOf(events), { now: NOW, ...size }));

test('tasks stand below their flow with their durations, those that they called below them', () => {
  const events = [
    taskEvent('fetch', 'COMPLETED'),
    taskEvent('train', 'RUNNING', { progress: { done: 3, total: 4, label: 'epochs' } }),
    taskEvent('fold', 'RUNNING', { scope: 'train/' }),
    taskEvent('report', 'PENDING'),
  ];
  expect(draw(events)).toEqual([
    '* weekly, run 12: Running  12.4s',
    '  * fetch     1.2s',
    '  * train       2s  ████████████░░░░ 3/4 epochs',
    '    * fold      2s',
    '  * report',
  ]);
});

test('what is waited for, and what failed, is told beside the task', () => {
  const message = 'waits for "gpu" (capacity 1), held by run 9';
  const events = [
    taskEvent('gpu', 'SCHEDULED', { state: { type: 'SCHEDULED', name: 'AwaitingLimit', message, at: NOW } }),
    taskEvent('bad', 'FAILED', { error: { name: 'Error', message: 'no\nluck', stack: null } }),
  ];
  expect(draw(events).slice(1)).toEqual([`  * gpu          ${message}`, '  * bad          Failed: no luck']);
});

test('many calls of one name are one line with counts, and those that somebody may want to see below it', () => {
  const events = Array.from({ length: 10_000 }, (_, each) =>
    taskEvent('train', each < 37 ? 'COMPLETED' : each < 39 ? 'RUNNING' : each === 39 ? 'FAILED' : 'PENDING', {
      label: `a=${each}`,
    }),
  );
  expect(draw(events)).toEqual([
    '* weekly, run 12: Running  12.4s',
    '  * train                 38/10000, 2 running, 1 failed, 1.2s each',
    '    * train a=39          Failed',
    '    * train a=37      2s',
    '    * train a=38      2s',
  ]);
});

test('on a low terminal what ended well is left out first', () => {
  const events = Array.from({ length: 30 }, (_, each) =>
    taskEvent(`step-${each}`, each < 25 ? 'COMPLETED' : 'RUNNING'),
  );
  const lines = draw(events, { columns: 80, rows: 10 });
  expect(lines).toHaveLength(9);
  expect(lines.filter((line) => /step-2[5-9]/.test(line))).toHaveLength(5);
  expect(lines.at(-1)).toBe('  23 more ended well');
});

test('whatever runs, the tree has fewer lines than the terminal and no line as wide as it', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
  const type = fc.constantFrom<StateType>(
    'PENDING',
    'RUNNING',
    'SCHEDULED',
    'COMPLETED',
    'FAILED',
    'CANCELLED',
    'SKIPPED',
  );
  const events = fc.array(fc.tuple(name, type, fc.option(name, { nil: null })), { maxLength: 60 });
  const property = fc.property(
    events,
    fc.integer({ min: 10, max: 200 }),
    fc.integer({ min: 3, max: 60 }),
    (tasks, columns, rows) => {
      const lines = draw(
        tasks.map(([title, state, label]) => taskEvent(title, state, { label })),
        { columns, rows },
      );
      expect(lines.length).toBeLessThan(rows);
      for (const line of lines) expect(stringWidth(line)).toBeLessThan(columns);
    },
  );
  fc.assert(property, { numRuns: 200 });
});
