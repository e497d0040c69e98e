/** "Did you mean": the nearest name, and of two that are as near the one from which a letter was left out. */
import { expect, test } from 'vitest';
import { nearest } from '../../src/model/errors.ts';

test.each([
  ['runn', ['run', 'runs'], 'run'],
  ['taks', ['tags', 'tasks'], 'tasks'],
  ['taks', ['tasks', 'tags'], 'tasks'],
  ['Faild', ['crashed', 'failed'], 'failed'],
  ['xyz', ['run', 'tags'], undefined],
])('the nearest to %s of %j is %s', (word, names, near) => {
  expect(nearest(word, names)).toBe(near);
});
