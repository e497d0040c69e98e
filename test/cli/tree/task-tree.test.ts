import { expect, test } from 'vitest';
import { type TreeTask, taskTree } from '../../../src/cli/tree/task-tree.ts';

const draw = (tasks: readonly TreeTask[]) =>
  taskTree(tasks).map(({ lead, name, note }) => `${lead}${name}${note === '' ? '' : ` (${note})`}`);
const task = (name: string, ...needs: string[]): TreeTask => ({ name, needs, note: '' });

test('each task stands once, below the last of what it needs, and names the rest', () => {
  expect(
    draw([
      task('load'),
      task('fetch'),
      task('train', 'load'),
      task('audit', 'load'),
      task('report', 'train', 'fetch'),
      task('end', 'report'),
    ]),
  ).toEqual(['load', '├─ train', '│  └─ report (after fetch too)', '│     └─ end', '└─ audit', 'fetch']);
});

test('a chain of thousands is drawn', () => {
  const chain = Array.from({ length: 3000 }, (_, at) => (at === 0 ? task('t0') : task(`t${at}`, `t${at - 1}`)));
  expect(draw(chain)).toHaveLength(3000);
});
