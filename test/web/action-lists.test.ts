/** What pages offer to do with a run, a deployment, a model and a limit, as each stands. */
import { describe, expect, it, test } from 'vitest';
import type { StateName, StateType } from '../../src/model/state.ts';
import type { Action } from '../../src/web/action.tsx';
import { deploymentActions } from '../../src/web/flow-actions.ts';
import { limitActions } from '../../src/web/limit-actions.tsx';
import { modelActions, versionActions } from '../../src/web/model-actions.ts';
import { runActions, taskActions } from '../../src/web/run-actions.ts';

const labels = (actions: readonly Action[]) => actions.map(({ label }) => label);
const run = (type: StateType, name: StateName, more: object = {}) => ({
  ...{ id: 7, flow: 'a b', state: { type, name }, parentRunId: null, ownerId: null },
  ...more,
});

describe('a run', () => {
  it.each<[StateType, StateName, object, string[]]>([
    ['FAILED', 'Failed', {}, ['Retry', 'Run again']],
    ['FAILED', 'TimedOut', { failedTasks: 2 }, ['Retry failed (2 tasks)', 'Run again']],
    ['CRASHED', 'Crashed', { isDeployed: true }, ['Retry', 'Run again', 'Edit parameters and run']],
    ['CANCELLED', 'Cancelled', {}, ['Retry', 'Run again']],
    ['CANCELLED', 'Cancelled', { failedTasks: 1 }, ['Retry (1 task)', 'Run again']],
    ['COMPLETED', 'Completed', { isDeployed: true }, ['Run again', 'Edit parameters and run']],
    ['SKIPPED', 'Skipped', {}, ['Run again']],
    ['RUNNING', 'Running', { ownerId: 1 }, ['Cancel']],
    ['PENDING', 'Pending', { ownerId: 1 }, ['Cancel']],
    ['SCHEDULED', 'Scheduled', {}, ['Cancel']],
    ['SCHEDULED', 'AwaitingRetry', {}, ['Retry now', 'Cancel']],
    ['SCHEDULED', 'AwaitingResume', {}, ['Resume', 'Cancel']],
    ['SCHEDULED', 'AwaitingResume', { parentRunId: 3 }, []],
    ['RUNNING', 'Running', { parentRunId: 3, ownerId: 1 }, ['Cancel']],
    ['CANCELLING', 'Cancelling', { ownerId: 1 }, []],
  ])('%s %s %j', (type, name, more, offered) => {
    expect(labels(runActions(run(type, name, more)))).toEqual(offered);
  });

  it('has commands and addresses with its own number and names', () => {
    expect(runActions(run('FAILED', 'Failed', { isDeployed: true }))).toMatchObject([
      { to: '/runs/7/retry', command: 'weir retry 7', tone: 'main' },
      { to: '/runs/7/rerun', command: 'weir rerun 7' },
      { kind: 'link', to: '/flows/a%20b/run?from=7' },
    ]);
    expect(taskActions(run('COMPLETED', 'Completed'), "it's[2]")).toMatchObject([
      { to: '/runs/7/retry', fields: { from: "it's[2]" }, command: `weir retry 7 --from 'it'\\''s[2]'` },
    ]);
    expect(taskActions(run('RUNNING', 'Running'), 'x')).toEqual([]);
  });
});

describe('a deployment', () => {
  const deployment = {
    ...{ flow: 'etl', name: 'default', isOnly: true, isPaused: false, hasSchedule: true, hasParams: false },
    required: [] as string[],
  };
  it.each<[string, object, string[]]>([
    ['with a schedule', {}, ['Run', 'Pause', 'Backfill']],
    ['without one', { hasSchedule: false }, ['Run']],
    ['with parameters', { hasParams: true }, ['Run', 'Run with parameters', 'Pause', 'Backfill']],
    ['that is paused', { isPaused: true }, ['Run', 'Resume', 'Backfill']],
  ])('%s', (_, more, offered) => {
    expect(labels(deploymentActions({ ...deployment, ...more }))).toEqual(offered);
  });

  it('asks first for what must be given', () => {
    const [first] = deploymentActions({ ...deployment, hasParams: true, required: ['week'] });
    expect(first).toMatchObject({
      kind: 'link',
      to: '/flows/etl/run',
      command: 'weir deployment run etl -p week=VALUE',
    });
  });

  it('is named where the flow has several', () => {
    const actions = deploymentActions({ ...deployment, name: 'eu', isOnly: false, isPaused: true });
    expect(actions).toMatchObject([
      { to: '/flows/etl/run', fields: { deployment: 'eu' }, command: 'weir deployment run etl/eu' },
      { to: '/flows/etl/resume', fields: { deployment: 'eu' }, command: 'weir deployment resume etl/eu' },
      { to: '/flows/etl/backfill?deployment=eu' },
    ]);
  });
});

test('a model is rolled back where there is a version to go back to, and only what is not in Production is promoted', () => {
  expect(modelActions({ model: 'm', previous: null })).toEqual([]);
  expect(modelActions({ model: 'm', previous: 3 })).toMatchObject([{ label: 'Roll back to 3', tone: 'risk' }]);
  expect(versionActions({ model: 'm', version: 4, stage: 'Production' })).toEqual([]);
  expect(versionActions({ model: 'm', version: 4, stage: 'None' })).toMatchObject([
    { to: '/models/m/promote', fields: { version: '4' }, command: 'weir model promote m 4' },
  ]);
});

test('a limit is stopped once, and only one that somebody has created is deleted', () => {
  expect(labels(limitActions({ name: 'gpu', capacity: 1, declared_by: 'user' }))).toEqual(['Stop', 'Delete']);
  expect(labels(limitActions({ name: 'gpu', capacity: 0, declared_by: 'flow' }))).toEqual([]);
});
