import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GraphTask, type RunGraph, runGraph } from '../../src/model/run-graph.ts';

const BOUNDS = { unfolded: 24, most: 40 };

describe('the graph of a run', () => {
  it('has a node for each task and an edge for each thing that one waited for', () => {
    const graph = drawn([task(1), task(2, { upstream: [1] }), task(3, { upstream: [1, 2] })]);
    expect(names(graph)).toEqual(['task-1', 'task-2', 'task-3']);
    expect(graph.edges.map(({ from, to }) => [from, to])).toEqual([
      [0, 1],
      [0, 2],
      [1, 2],
    ]);
  });

  it('is none when nothing waited for anything', () => {
    expect(runGraph([task(1), task(2)], BOUNDS)).toBeNull();
    expect(runGraph([], BOUNDS)).toBeNull();
  });

  it('counts what a task called as a part of it, and what waited for that as waiting for it', () => {
    const graph = drawn([task(1), task(2, { parentTaskId: 1 }), task(3, { upstream: [2] })]);
    expect(names(graph)).toEqual(['task-1', 'task-3']);
    expect(graph.edges).toMatchObject([{ from: 0, to: 1 }]);
  });

  it('folds calls of one name at one depth where there are many, and never so that an edge leads back', () => {
    const train = Array.from({ length: 120 }, (_, index) => task(10 + index, { name: 'train', upstream: [1] }));
    const again = task(500, { name: 'train', upstream: [10, 11] });
    const graph = drawn([task(1), ...train, again]);
    expect(graph.nodes.map(({ tasks }) => tasks.length)).toEqual([1, 120, 1]);
    expect(graph.edges.map(({ from, to }) => [from, to])).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  it('is too much to look at with a hundred different tasks', () => {
    const chain = Array.from({ length: 100 }, (_, index) => task(index + 1, { upstream: index === 0 ? [] : [index] }));
    expect(runGraph(chain, BOUNDS)).toBe('too-many');
  });

  it('knows the chain that the end waited for: each time what ended last', () => {
    const graph = drawn([
      task(1, { endAt: 10 }),
      task(2, { upstream: [1], startAt: 10, endAt: 50 }),
      task(3, { upstream: [1], startAt: 10, endAt: 20 }),
      task(4, { upstream: [2, 3], startAt: 50, endAt: 60 }),
      task(5, { startAt: 60, endAt: 90 }),
    ]);
    expect(graph.nodes.map(({ isCritical }) => isCritical)).toEqual([true, true, false, true, false]);
    expect(graph.edges.filter(({ isCritical }) => isCritical).map(({ from, to }) => [from, to])).toEqual([
      [0, 1],
      [1, 3],
    ]);
  });

  it('lets a task that nothing is known to have led to come after what had ended last', () => {
    const graph = drawn([
      task(1, { endAt: 10 }),
      task(2, { upstream: [1], startAt: 10, endAt: 50 }),
      task(3, { startAt: 5, endAt: 20 }),
      task(4, { startAt: 60, endAt: 90 }),
      task(5, { startAt: null }),
    ]);
    expect(graph.edges.filter(({ isOrder }) => isOrder)).toEqual([
      { from: 1, to: 3, isCritical: false, isOrder: true },
    ]);
  });

  it('leaves what was reused out of that chain, and has what still runs at its end', () => {
    const graph = drawn([
      task(1, { isReused: true }),
      task(2, { upstream: [1], endAt: 20 }),
      task(3, { upstream: [2], endAt: null }),
      task(4, { upstream: [2], endAt: 30 }),
    ]);
    expect(graph.nodes.map(({ isCritical }) => isCritical)).toEqual([false, true, true, false]);
  });

  it('is bounded and leads only forward, whatever waits for whatever came before', () => {
    const anyTasks = fc
      .array(fc.record({ name: fc.nat(3), upstream: fc.array(fc.nat(200), { maxLength: 4 }) }), { maxLength: 150 })
      .map((list) =>
        list.map(({ name, upstream }, index) =>
          task(index + 1, {
            name: `t${name}`,
            upstream: upstream.map((each) => (each % (index + 1)) + 0).filter(Boolean),
          }),
        ),
      );
    fc.assert(
      fc.property(anyTasks, (tasks) => {
        const graph = runGraph(tasks, BOUNDS);
        if (graph === null || graph === 'too-many') return;
        expect(graph.nodes.length).toBeLessThanOrEqual(BOUNDS.most);
        expect(graph.nodes.reduce((sum, node) => sum + node.tasks.length, 0)).toBe(tasks.length);
        expect(hasCircle(graph)).toBe(false);
      }),
    );
  });
});

function task(id: number, parts: Partial<GraphTask> = {}): GraphTask {
  return {
    id,
    name: `task-${id}`,
    title: `task-${id}`,
    state: { type: 'COMPLETED', name: 'Completed' },
    parentTaskId: null,
    upstream: [],
    startAt: 0,
    endAt: 10,
    isReused: false,
    ...parts,
  };
}

function drawn(tasks: readonly GraphTask[]): RunGraph<GraphTask> {
  const graph = runGraph(tasks, BOUNDS);
  if (graph === null || graph === 'too-many') throw new Error(`nothing is drawn: ${graph}`);
  return graph;
}

function names({ nodes }: RunGraph<GraphTask>): (string | undefined)[] {
  return nodes.map(({ tasks }) => tasks[0]?.name);
}

function hasCircle({ nodes, edges }: RunGraph<GraphTask>): boolean {
  const left = new Set(nodes.keys());
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const node of left) {
      if (!edges.some(({ from, to }) => to === node && left.has(from))) left.delete(node);
    }
  }
  return left.size > 0;
}
