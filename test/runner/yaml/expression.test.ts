import { expect, test } from 'vitest';
import { evaluate, isTruthy, renderData, renderTemplate } from '../../../src/runner/yaml/expression.ts';
import { taskLines, taskOf } from './world.ts';

const CONTEXTS = {
  params: { day: '2026-01-01', n: 3, list: [1, 2], deep: { a: { b: true } }, empty: null },
  tasks: { load: { outputs: { rows: 10, 'with-dash': 'x' }, items: [{ state: 'Completed' }, { state: 'Failed' }] } },
  env: { constructor: 'mine' },
};

function value(text: string): unknown {
  return evaluate({ text, at: { line: 1, column: 1 }, reads: [['params'], ['tasks'], ['env'], ['nothing']] }, CONTEXTS);
}

test.each([
  ["params.day == '2026-01-01'", true],
  ["'ABC' == 'abc'", true],
  ['params.nothing', null],
  ['params.nothing.below', null],
  ['nothing.at.all', null],
  ['params.deep.a.b && params.n', 3],
  ["params.empty || 'default'", 'default'],
  ['params.list', [1, 2]],
  ['params.deep', { a: { b: true } }],
  ["tasks.load.outputs['with-dash']", 'x'],
  ['tasks.load.outputs.with-dash', 'x'],
  ['PARAMS.DAY', '2026-01-01'],
  ["join(tasks.load.items.*.state, ' ')", 'Completed Failed'],
  ["contains(params.list, 2) && !startsWith(params.day, '2025')", true],
  ["format('{0}-{1}', params.n, params.list[1])", '3-2'],
  ['fromJSON(\'{"a": [1]}\').a', [1]],
  ["toJSON(params.list) == '[\n  1,\n  2\n]'", true],
  ["'it''s ''quoted'''", "it's 'quoted'"],
  ['params.n > 2', true],
  ['0.1', 0.1],
  ['env.constructor', 'mine'],
  ['params.constructor', null],
  ['params.__proto__', null],
])('%s is %j', (text, expected) => {
  expect(value(text)).toEqual(expected);
});

test('a function that cannot do what it is asked says so', () => {
  expect(() => value("fromJSON('no')")).toThrow("${{ fromJSON('no') }} cannot be evaluated");
});

test.each([
  [null, false],
  ['', false],
  [0, false],
  [false, false],
  [Number.NaN, false],
  ['false', true],
  [[], true],
  [{}, true],
])('%j counts as %s', (each, expected) => {
  expect(isTruthy(each)).toBe(expected);
});

test('in a text numbers stay as they are, lists become JSON, and null is nothing', () => {
  const { label } = taskOf(
    `params: { n: {}, list: {}, empty: {} }\n${taskLines('run: x', 'name: a ${{ params.n }} b ${{ params.list }} c ${{ params.empty }}.')}`,
    't',
  );
  expect(label === null ? null : renderTemplate(label, CONTEXTS)).toBe('a 3 b [1,2] c .');
});

test('a text that is one expression alone becomes its value, of any type', () => {
  const { work } = taskOf(
    `params: { list: {}, day: {} }\n${taskLines('flow: x', 'params: { a: "${{ params.list }}", b: [1, "day ${{ params.day }}"], c: yes }')}`,
    't',
  );
  const given =
    work.kind === 'flow' ? Object.entries(work.params).map(([name, each]) => [name, renderData(each, CONTEXTS)]) : [];
  expect(Object.fromEntries(given)).toEqual({ a: [1, 2], b: [1, 'day 2026-01-01'], c: 'yes' });
});

test.each([
  ['env.http_proxy', { env: { HTTP_PROXY: 'A', http_proxy: 'b' } }, 'b'],
  ['env.HTTP_PROXY', { env: { HTTP_PROXY: 'A', http_proxy: 'b' } }, 'A'],
  ['env.Http_Proxy', { env: { HTTP_PROXY: 'A' } }, 'A'],
  ['params[params.b]', { params: { a: 1, b: 'a' } }, 1],
  ['params.*', { params: { a: 1, b: 2 } }, [1, 2]],
  ['toJSON(params)', { params: { a: 1 } }, '{\n  "a": 1\n}'],
  ["join(params.*, '')", { params: { a: 1, b: 2 } }, '12'],
])('what is not named exactly so is found whatever its case: %s', (text, contexts, expected) => {
  const { label } = taskOf(
    `params: { a: { default: 1 }, b: { default: 2 } }\n${taskLines('run: x', `name: "\${{ ${text} }}"`)}`,
    't',
  );
  const [expression] = label?.expressions ?? [];
  expect(expression && evaluate(expression, contexts)).toEqual(expected);
});

const CAPITALS = {
  tasks: { a: { outputs: { R: 0.9, r: 0.1, deep: { X: [{ K: 1, k: 2 }], x: 'small' } }, OUTPUTS: 'other' } },
};

test.each([
  ['tasks.a.outputs.r', 0.1],
  ['tasks.a.outputs.R', 0.9],
  ["tasks.a.outputs['r']", 0.1],
  ['tasks.a.OUTPUTS', 'other'],
  ['tasks.a.Outputs.R', 0.9],
  ['TASKS.A.outputs.DEEP.x', 'small'],
  ['tasks.a.outputs.deep.X[0].k', 2],
  ['tasks.a.outputs.deep.X.*.k', [2]],
  ['tasks.a.outputs', CAPITALS.tasks.a.outputs],
  ["join(tasks.a.outputs.deep.X[0].*, ' ')", '1 2'],
  ['contains(tasks.a.outputs.deep.X[0].*, 2)', true],
  ['toJSON(tasks.a.outputs)', JSON.stringify(CAPITALS.tasks.a.outputs, null, 2)],
  ['fromJSON(\'{"R": 1, "r": 2}\').r', 2],
  ['fromJSON(\'{"R": 1, "r": 2}\')', { R: 1, r: 2 }],
  ['toJSON(fromJSON(\'{"constructor": 1, "__proto__": 2}\'))', '{\n  "constructor": 1,\n  "__proto__": 2\n}'],
  ['tasks.a.outputs.nothing', null],
])('of names that differ by capitals each keeps its value, and the one written so is meant: %s', (text, expected) => {
  const reads = [['tasks', 'a']];
  expect(evaluate({ text, at: { line: 1, column: 1 }, reads }, CAPITALS)).toEqual(expected);
});
