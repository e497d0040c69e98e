import { expect, test } from 'vitest';
import { ownFrames } from '../../src/runner/failure-log.ts';

test('a stack keeps the frames of files of the user, also of those that are called as the runner is', () => {
  const own = [
    'Error: lost',
    '    at load (file:///home/a/flow.ts:3:9)',
    '    at read (/home/a/my-runner.cjs:1:2)',
    '    at /home/a/runner.cjs:1:2',
    '    at async file:///home/a/command-line.cjs:4:5',
  ];
  const stack = [
    ...own,
    '    at TaskRun.run (runner.cjs:12:345)',
    '    at runner.cjs:1:2',
    '    at async runner.cjs:1:2',
    '    at async Calls.perform (runner.cjs:12:345)',
    '    at async Object.run (command-line.cjs:1:9)',
    '    at [worker eval]:5:1',
    '    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)',
  ].join('\n');
  const error = { name: 'Error', message: 'lost', stack };
  expect(ownFrames(error).stack?.split('\n')).toEqual(own);
});
