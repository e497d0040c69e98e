import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { encode } from '../../src/model/codec.ts';
import { apply, isFinal, type RunEvent } from '../../src/model/state.ts';
import type { FlowRunRow } from '../../src/store/flow-runs.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { RULES } from '../support/flow-rules.ts';

const NOW = 1_000_000;
const BUDGET = { retries: 1, crashRetries: 1 };

/** Two connections to one file, as two processes have them. */
function world() {
  const folder = mkdtempSync(join(tmpdir(), 'weir-flow-runs-'));
  const stores = [openStore(join(folder, 'weir.db')), openStore(join(folder, 'weir.db'))] as const;
  onTestFinished(() => {
    for (const store of stores) store.close();
    rmSync(folder, { recursive: true });
  });
  return stores;
}

function scheduledRun(store: Store): FlowRunRow {
  const id = store.flowRuns.insert({
    ...{ flow: 'etl', name: null, deploymentId: null, path: '/etl.ts', entry: 'default', codeHash: null },
    ...{ version: null, params: encode({}), tags: [], trigger: 'schedule', infrastructure: 'thread' },
    options: RULES,
    ...{ idempotencyKey: null, scheduleId: null, slotAt: null, slotStartAt: null, slotCoversFrom: null },
    state: { type: 'SCHEDULED', name: 'Scheduled', message: null, at: NOW },
    ...{ scheduledAt: NOW, ownerId: null, token: null },
  });
  return store.flowRuns.byId(id) as FlowRunRow;
}

const ended = (type: 'COMPLETED' | 'FAILED', name: 'Completed' | 'Failed', retriable: boolean): RunEvent => ({
  kind: 'ended',
  state: { type, name, message: null },
  retriable,
  retryDelayMs: 0,
});

const EVENTS: readonly RunEvent[] = [
  { kind: 'claimed' },
  { kind: 'started' },
  ended('COMPLETED', 'Completed', false),
  ended('FAILED', 'Failed', true),
  ended('FAILED', 'Failed', false),
  { kind: 'cancel-asked', by: 'me', isOwned: false },
  { kind: 'cancel-asked', by: 'me', isOwned: true },
  { kind: 'cancelled', message: null },
  { kind: 'interrupted', reason: 'drain' },
  { kind: 'crashed', reason: 'died', charged: true },
  { kind: 'reopened', message: 'again' },
];

test('E51 nothing but a retry leaves a final state, whichever of two processes decides from what it last saw', () => {
  const [one, other] = world();
  const step = fc.record({
    by: fc.constantFrom(one, other),
    does: fc.oneof(fc.constant('look' as const), fc.constantFrom(...EVENTS)),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { id, ...first } = scheduledRun(one);
      const seen = new Map<Store, FlowRunRow>([one, other].map((store) => [store, { ...first, id }]));
      for (const [now, { by, does }] of steps.entries()) {
        const actual = one.flowRuns.byId(id) as FlowRunRow;
        const believed = seen.get(by) as FlowRunRow;
        const next = does === 'look' ? actual : apply(believed, does, BUDGET, NOW + now);
        if (next === null) continue;
        const moved = does !== 'look' && by.flowRuns.move(id, believed.state, next, first);
        const after = one.flowRuns.byId(id) as FlowRunRow;
        if (does === 'look' || moved) seen.set(by, { ...believed, ...after });
        // Whoever believes in another state than the file's changes nothing.
        if (moved) expect(believed.state).toMatchObject({ type: actual.state.type, name: actual.state.name });
        else expect(after.state).toEqual(actual.state);
        if (moved && isFinal(actual.state.type)) expect(does).toMatchObject({ kind: 'reopened' });
      }
      const history = one.flowRuns.states(id);
      expect(history.at(-1)).toMatchObject((one.flowRuns.byId(id) as FlowRunRow).state);
    }),
    { numRuns: 60 },
  );
});

test('E51 of two that decide from the same state the second is refused', () => {
  const [one, other] = world();
  const row = scheduledRun(one);
  const by = (store: Store, event: RunEvent) => {
    const next = apply(row, event, BUDGET, NOW);
    return next !== null && store.flowRuns.move(row.id, row.state, next, row);
  };
  expect(by(other, { kind: 'cancel-asked', by: 'me', isOwned: false })).toBe(true);
  expect(by(one, { kind: 'started' })).toBe(false);
  expect(one.flowRuns.byId(row.id)?.state.name).toBe('Cancelled');
  expect(one.flowRuns.states(row.id).map((state) => state.name)).toEqual(['Scheduled', 'Cancelled']);
});

test('a look for what was asked to stop, and for what a process owns, uses an index', () => {
  const [{ database }] = world();
  const plan = database
    .prepare("explain query plan select id from flow_runs where owner_id = 1 and state_type = 'CANCELLING'")
    .all() as { detail: string }[];
  expect(plan.map((row) => row.detail).join()).toContain('flow_runs_owned');
});
