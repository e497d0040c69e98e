import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMetrics, parseOutputs, parseProgress } from '../../src/model/handed-over.ts';

const outputs = (text: string) => parseOutputs(text).values;

describe('E72: outputs', () => {
  it.each([
    ['3', 3],
    ['-4', -4],
    ['0.5', 0.5],
    ['1.10', '1.10'],
    ['00123', '00123'],
    ['12e4567', '12e4567'],
    ['1e5', '1e5'],
    ['-0', '-0'],
    ['+1', '+1'],
    ['0x10', '0x10'],
    [' 3', ' 3'],
    ['NaN', 'NaN'],
    ['Infinity', 'Infinity'],
    ['12345678901234567890', '12345678901234567890'],
    ['true', 'true'],
    ['null', 'null'],
    ['', ''],
    ['a=b', 'a=b'],
  ])('a line name=%s gives %j', (text, value) => {
    expect(outputs(`name=${text}\n`)).toEqual({ name: value });
  });

  it('are lines, the last of a name counts, and a value of several lines stands between name<<END and END', () => {
    expect(outputs('a=1\r\n\n b =2\na=3\nlong<<EOF\none\n\ntwo=2\nEOF\nshift=1<<4\n')).toEqual({
      a: 3,
      b: 2,
      long: 'one\n\ntwo=2',
      shift: '1<<4',
    });
  });

  it('or one JSON object, in which no digit of a whole number is lost', () => {
    expect(
      outputs(' {"a": [1, {"b": null}], "id": 12345678901234567890, "huge": 1e999, "x": 1.10, "t": true}\n'),
    ).toEqual({
      a: [1, { b: null }],
      id: '12345678901234567890',
      huge: '1e999',
      x: 1.1,
      t: true,
    });
  });

  it('of any name are own properties, also those that JavaScript has a meaning for', () => {
    for (const text of ['__proto__=x\nconstructor=y', '{"__proto__": "x", "constructor": "y"}']) {
      const values = outputs(text);
      expect(Object.keys(values)).toEqual(['__proto__', 'constructor']);
      expect(Object.getPrototypeOf(values)).toBe(Object.prototype);
    }
  });

  it.each([
    ['rows 3', 'line 1: "rows 3" is no name=value'],
    ['a=1\n=2', 'line 2: "=2" is no name=value'],
    ['{"a": 1', 'no JSON object'],
    ['{a=1}', 'no JSON object'],
    ['a=1\nb<<END\nx', 'line 2: the value of "b" has no line "END"'],
  ])('%j is told to be at fault', (text, sentence) => {
    expect(parseOutputs(text).faults.join()).toContain(sentence);
  });

  it('that are numbers print as they were written', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789.e+- ') }), (text) => {
        expect(String(outputs(`x=${text}`).x)).toBe(text);
      }),
    );
  });
});

describe('metrics', () => {
  it('are numbers however they are written; others are told', () => {
    const { values, faults } = parseMetrics('rmse=1.10\nmae=5e-05\nloss=nan\nbad=\nn= 3 \n');
    expect(values).toEqual({ rmse: 1.1, mae: 0.00005, n: 3 });
    expect(faults).toEqual([
      'the metric "loss" is "nan", which is no number',
      'the metric "bad" is "", which is no number',
    ]);
    expect(parseMetrics('{"rmse": 1.5, "name": "x"}').values).toEqual({ rmse: 1.5 });
  });
});

describe('progress', () => {
  it.each([
    ['3/20 fitting fold 3\n', { done: 3, total: 20, label: 'fitting fold 3' }],
    ['1/3\n2/3\n', { done: 2, total: 3, label: null }],
    ['2/3\nnot progress', { done: 2, total: 3, label: null }],
    ['45% of rows', { done: 45, total: 100, label: 'of rows' }],
    ['7', { done: 7, total: null, label: null }],
    ['0.5 / 2.5 GB', { done: 0.5, total: 2.5, label: 'GB' }],
    ['', null],
    ['done', null],
    ['3/', null],
  ])('%j is %j', (text, expected) => {
    expect(parseProgress(text)).toEqual(expected);
  });
});
