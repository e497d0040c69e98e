/** The JSON Schema for editors says what reading says: judged by another implementation of JSON Schema. */
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import {
  DEFAULT_FIELDS,
  FLOW_FIELDS,
  HANDLER_FIELDS,
  SCHEDULE_FIELDS,
  TASK_FIELDS,
} from '../../../src/runner/yaml/format.ts';
import { formatSchema } from '../../../src/runner/yaml/format-schema.ts';
import { problemsOf, taskLines } from './world.ts';

const { $schema: _, ...schema } = formatSchema();
const editor = z.fromJSONSchema({ ...schema, $schema: 'http://json-schema.org/draft-07/schema#' } as never);
const accepts = (text: string) => editor.safeParse(parse(text)).success;

test.each([
  taskLines('run: x'),
  taskLines('run: [a, 1, true]', 'retry_on: 75', 'needs: []'),
  `name: a\nschedule: ["0 2 * * *", { interval: 1h, jitter: { max: 5m } }]\n${taskLines('run: x', 'timeout: 1h30m')}`,
  `params: { d: { type: date }, n: { type: [integer, "null"], default: null } }\n${taskLines('run: x', 'env: { A: 1.10 }')}`,
  taskLines('promote: { model: m, file: f, metric: r, goal: min, evaluate: x }'),
  taskLines(
    'run: x',
    'retries: 1',
    'retry_delay: { exponential: 1s }',
    'for_each: { matrix: { a: [1] } }',
    'max_concurrency: 2',
  ),
  `x-shared: 1\non_failure: { run: x }\n${taskLines('flow: ./a.yaml', 'params: { a: [1] }')}`,
])('what is valid is valid in an editor: %#', (text) => {
  expect(problemsOf(text)).toEqual([]);
  expect(accepts(text)).toBe(true);
});

test.each([
  'name: x',
  `nmae: x\n${taskLines('run: x')}`,
  taskLines('run: x', 'retries: -1'),
  taskLines('run: x', 'timeout: 10'),
  taskLines('run: x', 'timeout: soon'),
  taskLines('run: x', 'when: all_sucess'),
  taskLines('run: x', 'env: { WEIR_X: 1 }'),
  taskLines('run: []'),
  taskLines('run: x', 'retry_on: [0]'),
  `infrastructure: moon\n${taskLines('run: x')}`,
  `params: { d: { type: int } }\n${taskLines('run: x')}`,
  `params: { d: 3 }\n${taskLines('run: x')}`,
  `on_failure: {}\n${taskLines('run: x')}`,
  'tasks: {}',
])('what its shape alone makes wrong is wrong in an editor: %#', (text) => {
  expect(problemsOf(text).length).toBeGreaterThan(0);
  expect(accepts(text)).toBe(false);
});

test.each([
  ['a flow', FLOW_FIELDS],
  ['a task', TASK_FIELDS],
  ['defaults', DEFAULT_FIELDS],
  ['a handler', HANDLER_FIELDS],
  ['a schedule', SCHEDULE_FIELDS],
])('every key of %s has its sentence and an example that begins with it', (_name, fields) => {
  for (const [name, field] of Object.entries(fields)) {
    expect(field.says).toMatch(/\.$/);
    expect(field.example.startsWith(`${name}:`), name).toBe(true);
  }
});

test('every example of a task is valid as it stands', () => {
  const RUNS = ['run', 'flow', 'promote'];
  for (const [name, { example }] of Object.entries(TASK_FIELDS)) {
    const beside: Readonly<Record<string, string>> = {
      params: 'flow: ./x.yaml',
      max_concurrency: 'for_each: [1]',
      fail_fast: 'for_each: [1]',
      name: 'for_each: [1]',
      when: 'needs: extract',
      if: 'needs: extract',
      retry_delay: 'retries: 1',
    };
    const lines = [
      ...(RUNS.includes(name) || name === 'params' ? [] : ['run: x']),
      ...(name in beside ? [beside[name] ?? ''] : []),
      example,
    ];
    const text = `params: { day: {}, alphas: {} }\ntasks:\n  extract: { run: x }\n  train: { run: x, files: { model: m } }\n  t:\n${lines.map((line) => `    ${line}`).join('\n')}\n`;
    expect([name, problemsOf(text)]).toEqual([name, []]);
  }
});
