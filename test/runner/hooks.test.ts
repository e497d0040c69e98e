/** A hook's time is limited: what never ends is given up, and the next one runs. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { HOOK_LIMIT_MS } from '../../src/model/hook.ts';
import type { Report } from '../../src/model/report.ts';
import type { DueHook, RunStart } from '../../src/model/run-start.ts';
import type { State } from '../../src/model/state.ts';
import { HookRuns } from '../../src/runner/hooks.ts';
import { LazyScope, type Line, scopes } from '../../src/runner/scope.ts';
import type { FlowDefinition } from '../../src/sdk/flow.ts';
import type { Hooks } from '../../src/sdk/hooks.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const COMPLETED: State = { type: 'COMPLETED', name: 'Completed', message: null, at: 1 };
const DUE: DueHook = { id: 7, hook: 'on_completion', state: COMPLETED, error: null, failedTask: null, task: null };

function hookRuns(hooks: Hooks, reports: Report[], flow: Partial<FlowDefinition> = {}): HookRuns {
  const line = {
    report: (report: Report) => reports.push(report),
    contextOf: () => ({ flowRun: {}, taskRun: null, params: {} }),
  } as unknown as Line;
  return new HookRuns({
    run: { runId: 1, flow: 'a', attempt: 1, hooks: [] } as unknown as RunStart,
    flow: { ...flow, hooks } as unknown as FlowDefinition,
    line,
    newScope: (parts) => new LazyScope(parts, line, { calls: 1, shell: 1 }),
    committed: () => Promise.resolve(),
    moduleTasks: new Set(),
  });
}

it('a hook that never ends is given up after its time, and told as run', async () => {
  const reports: Report[] = [];
  const called: string[] = [];
  const hooks = {
    on_completion: [() => void called.push('first'), () => new Promise(() => {}), () => void called.push('third')],
  };
  const through = hookRuns(hooks, reports).runDue([DUE]);
  await vi.advanceTimersByTimeAsync(HOOK_LIMIT_MS - 1);
  expect(reports).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  await through;
  expect(called).toEqual(['first']);
  expect(reports).toEqual([
    expect.objectContaining({
      kind: 'log',
      text: expect.stringContaining('onCompletion of flow "a" ran longer than its timeout of 30s'),
    }),
    expect.objectContaining({ kind: 'hook-ran', id: 7 }),
  ]);
  expect(vi.getTimerCount()).toBe(0);
});

it('a hook that throws when its time is over is told once, as what it was', async () => {
  const reports: Report[] = [];
  const stopped = () =>
    new Promise<void>((_, reject) =>
      scopes.getStore()?.signal.addEventListener('abort', () => reject(new Error('stopped'))),
    );
  const through = hookRuns({ on_completion: [stopped] }, reports).runDue([DUE]);
  await vi.advanceTimersByTimeAsync(HOOK_LIMIT_MS);
  await through;
  expect(reports.map(({ kind }) => kind)).toEqual(['log', 'hook-ran']);
  expect(reports[0]).toMatchObject({ text: expect.stringContaining('ran longer than its timeout of 30s') });
});

it('a handler of a graph limits its own tries, however long they take together, and is told as alive meanwhile', async () => {
  const reports: Report[] = [];
  const hooks = { on_completion: [() => new Promise<void>((resolve) => setTimeout(resolve, 3_600_000))] };
  const graph = { widestTask: 0, code: '', isShared: false };
  const through = hookRuns(hooks, reports, { graph }).runDue([DUE]);
  await vi.advanceTimersByTimeAsync(3_599_999);
  expect(new Set(reports.map(({ kind }) => kind))).toEqual(new Set(['hook-alive']));
  expect(reports.length).toBeGreaterThan(3_600_000 / HOOK_LIMIT_MS);
  await vi.advanceTimersByTimeAsync(1);
  await through;
  expect(reports.at(-1)).toMatchObject({ kind: 'hook-ran', id: 7 });
  expect(vi.getTimerCount()).toBe(0);
});

it('what is told as due a second time is run once', async () => {
  const reports: Report[] = [];
  let calls = 0;
  const runs = hookRuns({ on_completion: [() => void calls++] }, reports);
  await runs.runDue([DUE, DUE]);
  await runs.runDue([DUE]);
  expect(calls).toBe(1);
});
