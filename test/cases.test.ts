/**
 * Every numbered case of the engine and of what is broken on purpose is carried by at least one test, whose title begins
 * with its number (several with a comma between them). A skipped test carries nothing.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const CASES = [
  ...span('E', 1, 15),
  ...span('E', 20, 37),
  ...span('E', 40, 43),
  ...span('E', 50, 54),
  ...span('E', 60, 62),
  ...span('E', 70, 79),
  ...[
    'F1',
    'F2',
    'F4',
    'F5',
    'F6',
    'F7',
    'F8',
    'F9',
    'F10',
    'F11',
    'F12',
    'F13',
    'F14',
    'F15',
    'F16',
    'F17',
    'F18',
    'F19',
    'F20',
    'F22',
    'F25',
  ],
];

/** A call that is given a string beginning with numbers: `test('E24 ...`, `it.each(...)('E24, E25: ...`. */
const TITLE = /(\.(?:skip|todo))?\(\s*(['"`])((?:[EF]\d{1,2}\b[:, ]*)+)/g;

test('every numbered case is carried by a test', () => {
  const carried = new Set(testFiles().flatMap(numbersIn));
  expect(CASES.filter((number) => !carried.has(number))).toEqual([]);
});

test('only a title that begins with a number carries it', () => {
  const numbers = (text: string) => [...text.matchAll(TITLE)].flatMap(carriedBy);
  expect(numbers("it('E24 waits', () => {})")).toEqual(['E24']);
  expect(numbers("test.each([1])(\n  'E24, F2: %s waits',")).toEqual(['E24', 'F2']);
  expect(numbers("it('waits as E24 says'); test.skip('E25 waits'); // E26")).toEqual([]);
});

function testFiles(): string[] {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.test\.tsx?$/.test(name) && name !== 'cases.test.ts')
    .map((name) => `${folder}${name}`);
}

function numbersIn(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(TITLE)].flatMap(carriedBy);
}

function carriedBy([, skipped, , numbers = '']: RegExpExecArray): string[] {
  return skipped === undefined ? (numbers.match(/[EF]\d{1,2}/g) ?? []) : [];
}

function span(letter: string, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, n) => `${letter}${String(from + n).padStart(2, '0')}`);
}
