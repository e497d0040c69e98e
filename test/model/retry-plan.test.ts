import { describe, expect, it } from 'vitest';
import { AROUND, forecast, type PlannedTask, type Selection, tasksToRunAgain } from '../../src/model/retry-plan.ts';
import { selectTasks } from '../../src/model/task-selection.ts';

const task = (id: number, name: string, changes: Partial<PlannedTask> = {}): PlannedTask => ({
  id,
  name,
  state: { type: 'COMPLETED', name: 'Completed', message: null, at: 0 },
  states: [],
  codeHash: name,
  inputHash: 'i',
  reusable: true,
  upstream: [],
  parentTaskId: null,
  flowAttempt: 1,
  ...changes,
});
const failed = { type: 'FAILED', name: 'Failed', message: 'no', at: 0 } as const;
const from = (...tasks: number[]): Selection => ({ kind: 'from', label: 'x', tasks });
const only = (...tasks: number[]): Selection => ({ kind: 'only', label: 'x', tasks });

/** a -> b -> c; p calls q and r, r is made of q; d hangs on p. */
const TASKS = [
  task(1, 'a'),
  task(2, 'b', { upstream: [1] }),
  task(3, 'c', { upstream: [2] }),
  task(4, 'p'),
  task(5, 'q', { parentTaskId: 4 }),
  task(6, 'r', { parentTaskId: 4, upstream: [5] }),
  task(7, 's', { parentTaskId: 6 }),
  task(8, 't', { parentTaskId: 4 }),
  task(9, 'd', { upstream: [4] }),
];

describe('what runs again', () => {
  it.each<[string, Selection, number[], number[]]>([
    ['from the first: all of the chain', from(1), [1, 2, 3], []],
    ['from the middle: what is behind it', from(2), [2, 3], []],
    ['from the last: itself', from(3), [3], []],
    ['from two at once', from(3, 9), [3, 9], []],
    ['from a caller: all that it calls, and what hangs on it', from(4), [4, 5, 6, 7, 8, 9], []],
    ['from inside: its siblings behind it, its caller and what hangs on that', from(5), [5, 6, 7, 9], [4]],
    ['only one of the chain', only(2), [2], []],
    ['only inside: what it calls, and its caller around it', only(6), [6, 7], [4]],
  ])('%s', (_, selection, again, around) => {
    const reasons = tasksToRunAgain(TASKS, selection);
    const ids = [...reasons].filter(([, reason]) => reason !== AROUND).map(([id]) => id);
    expect(ids.toSorted()).toEqual(again);
    expect([...reasons].filter(([, reason]) => reason === AROUND).map(([id]) => id)).toEqual(around);
    for (const id of selection.tasks) expect(reasons.get(id)).toBe(`--${selection.kind} x`);
  });

  it('holds what was called after its end, since a value that was awaited leaves no edge', () => {
    const lived = (id: number, from: number, to: number, parentTaskId: number | null = null) =>
      task(id, `t${id}`, {
        parentTaskId,
        states: [
          { type: 'PENDING', name: 'Pending', message: null, at: from },
          { type: 'COMPLETED', name: 'Completed', message: null, at: to },
        ],
      });
    const tasks = [
      lived(1, 0, 5),
      lived(2, 0, 9),
      lived(3, 6, 7),
      lived(4, 7, 8, 3),
      lived(5, 10, 10),
      lived(6, 10, 12),
    ];
    const again = (...ids: number[]) => [...tasksToRunAgain(tasks, from(...ids)).keys()].toSorted();
    expect(again(1)).toEqual([1, 3, 4, 5, 6]);
    expect(again(2)).toEqual([2, 5, 6]);
    expect(again(5)).toEqual([5, 6]);
    expect(again(6)).toEqual([6]);
    expect(again(4)).toEqual([3, 4, 5, 6]);
    expect(tasksToRunAgain(tasks, from(2)).get(5)).toBe('called later (--from x)');
    expect([...tasksToRunAgain(tasks, only(1)).keys()]).toEqual([1]);
  });

  it('does not hold the other calls of a map, though all were called and ended in one millisecond', () => {
    const states = (['PENDING', 'COMPLETED'] as const).map(
      (type) => ({ type, name: 'Pending', message: null, at: 3 }) as const,
    );
    const tasks = [1, 2, 3].map((id) => task(id, 'train', { states })).concat(task(4, 'best', { states }));
    expect([...tasksToRunAgain(tasks, from(2)).keys()].toSorted()).toEqual([2, 4]);
  });

  it('is found quickly among ten thousand calls of one upstream', () => {
    const many = [task(1, 'a'), ...Array.from({ length: 10_000 }, (_, at) => task(at + 2, 'b', { upstream: [1] }))];
    expect(tasksToRunAgain(many, from(1)).size).toBe(10_001);
    expect(forecast(many, null, null).size).toBe(10_001);
  });
});

describe('what a retry will do', () => {
  const verdicts = (
    tasks: readonly PlannedTask[],
    selection: Selection | null,
    codes: Record<string, string[]> | null,
  ) => [...forecast(tasks, selection, codes).values()].map(({ verdict, why }) => `${verdict}${why && `: ${why}`}`);

  it('reuses what finished, runs what failed, and says what hangs on changes', () => {
    const tasks = [
      task(1, 'a'),
      task(2, 'b', { state: failed }),
      task(3, 'c', { upstream: [1] }),
      task(4, 'd', { upstream: [3] }),
    ];
    expect(verdicts(tasks, null, null)).toEqual(['reuse', 'run: failed before', 'reuse', 'reuse']);
    expect(verdicts(tasks, null, { a: ['a'], c: ['other', 'new'] })).toEqual([
      'reuse',
      'run: failed before',
      'run: code changed',
      'reuse: unless what it is given changes',
    ]);
    expect(verdicts(tasks, only(1), null)).toEqual([
      'run: --only x',
      'keep-failure: failed before',
      'reuse: whatever its inputs are',
      'reuse: whatever its inputs are',
    ]);
  });

  it('knows the code of a command without its files, which only the run itself looks at', () => {
    const tasks = [task(1, 'a', { codeHash: 'a+files' }), task(2, 'b', { codeHash: 'b+files' })];
    expect(verdicts(tasks, null, { a: ['a'], b: ['other'] })).toEqual([
      'reuse: unless a file of its code changed',
      'run: code changed',
    ]);
  });

  it('does not count on what cannot be stored or compared, nor on what is not called', () => {
    const tasks = [
      task(1, 'a', { reusable: false, flowAttempt: 2 }),
      task(2, 'b', { inputHash: null, flowAttempt: 2 }),
      task(3, 'c'),
      task(4, 'p', { flowAttempt: 2 }),
      task(5, 'q', { parentTaskId: 4, flowAttempt: 2 }),
    ];
    expect(verdicts(tasks, null, null)).toEqual([
      'run: the result could not be stored',
      'run: its inputs cannot be compared, give it a key',
      'not-called: as in attempt 2',
      'reuse',
      'not-called: what called it is not executed',
    ]);
  });
});

describe('a task as it is typed', () => {
  const rows = [
    { id: 11, name: 'fetch', label: null, flowAttempt: 1 },
    { id: 12, name: 'train', label: 'alpha=1', flowAttempt: 2 },
    { id: 13, name: 'train', label: 'alpha=2', flowAttempt: 2 },
    { id: 14, name: 'train', label: 'alpha=1', flowAttempt: 1 },
    { id: 15, name: '12', label: null, flowAttempt: 2 },
  ].map((row) => ({ ...row, state: task(1, 'x').state }));

  it.each([
    ['fetch', [11]],
    ['train[0]', [12]],
    ['train[1]', [13]],
    ['train[*]', [12, 13]],
    ['train alpha=2', [13]],
    ['14', [14]],
    ['12', [15]],
  ])('%s', (text, ids) => {
    expect(selectTasks(rows, text)).toEqual({ label: text, tasks: ids });
  });

  it.each([
    [
      'train',
      /"train" was called 2 times: train\[0\] alpha=1 \(Completed\), train\[1\] alpha=2/,
      "choose one, such as 'train[0]'",
    ],
    ['train[2]', /there is no train\[2\]: "train" was called 2 times/, 'train[0] to train[1]'],
    ['fecth', /the run has no task "fecth"; it has fetch, train, 12/, 'did you mean fetch?'],
    ['99', /the run has no task "99"/, undefined],
  ])('%s is refused with what there is', (text, message, hint) => {
    let error: unknown;
    try {
      selectTasks(rows, text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
    if (hint !== undefined) expect((error as { hint: string }).hint).toContain(hint);
  });
});
