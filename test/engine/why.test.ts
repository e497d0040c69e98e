import { beforeEach, describe, expect, it } from 'vitest';
import { findDeployment } from '../../src/engine/deploy/find-deployment.ts';
import type { EngineEvent } from '../../src/engine/events.ts';
import { limitView } from '../../src/engine/tell/limit-view.ts';
import { whyRun } from '../../src/engine/tell/why.ts';
import { whySlot } from '../../src/engine/tell/why-slot.ts';
import { resolveSchedules, scheduleIdentity } from '../../src/model/schedule-spec.ts';
import { engineWorld, type World } from '../support/engine-world.ts';
import { RULES } from '../support/flow-rules.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

const why = (runId: number) => {
  const { store, now } = world.engine;
  const row = store.flowRuns.byId(runId);
  if (row === null) throw new Error(`no run ${runId}`);
  return whyRun(store, row, now());
};
const isRunning = (event: EngineEvent) => event.kind === 'run-state' && event.state.name === 'Running';

describe('why', () => {
  it('E52 a run or a task waits: the limit, who holds it, with task and time, and who waits longer', async () => {
    const first = await world.startFlow(`
      const fit = task({ name: 'fit', occupies: { gpu: 1 } }, async (n) => { await seen('go'); });
      export default flow({ name: 'train' }, async () => { await fit.map([1, 2]); });`);
    await first.until((event) => event.kind === 'task-state' && event.task.state.name === 'AwaitingLimit');
    const second = await world.startFlow(`export default flow({ name: 'nightly', occupies: { gpu: 1 } }, () => 1);`);
    await second.until((event) => event.kind === 'run-state' && event.state.name === 'AwaitingLimit');
    expect(why(first.id).why).toMatch(
      /^It runs: fit since [\d:]+\. fit waits since [\d:]+ for "gpu" \(capacity 1\), held by run 1 of train, task fit, since [\d:]+\.$/,
    );
    expect(why(second.id)).toMatchObject({
      why: expect.stringMatching(
        /^It waits since [\d:]+ for "gpu" \(capacity 1\), held by run 1 of train, task fit, since [\d:]+; 1 waits longer\.$/,
      ),
      next: [`weir why ${first.id}`],
      waits: [{ limit: 'gpu', capacity: 1, ahead: 1, task: null, holders: [{ run: first.id, task: { name: 'fit' } }] }],
    });
    expect(limitView(world.engine.store, 'gpu')).toMatchObject({
      capacity: 1,
      declared_by: null,
      in_use: 1,
      holders: [{ run: first.id, task: { name: 'fit' } }],
      waiters: [
        { run: first.id, task: { name: 'fit' } },
        { run: second.id, task: null },
      ],
    });
    world.write('go', '');
    await second.ended;
    expect(limitView(world.engine.store, 'gpu')).toBeNull();
    expect(why(second.id).why).toMatch(/^It is Completed since /);
  });

  it('a limit of 0 is named as stopped, with the command that lifts it', async () => {
    world.engine.store.limits.put('gpu', 0, 1);
    const going = await world.startFlow(`export default flow({ occupies: { gpu: 1 } }, () => 1);`);
    await going.until((event) => event.kind === 'run-state' && event.state.name === 'AwaitingLimit');
    expect(why(going.id).why).toContain('for "gpu" (capacity 0), which is stopped');
    expect(why(going.id).next).toEqual(['weir concurrency-limit create gpu 1']);
    going.cancel();
    await going.ended;
    expect(why(going.id).why).toMatch(/^It was stopped at [\d:]+: cancelled by test\.$/);
  });

  it('a run failed: the task that did it and its error, not one that was caught', async () => {
    const run = await world.runFlow(`
      const caught = task({ name: 'caught' }, () => { throw new Error('harmless'); });
      const load = task({ name: 'load' }, () => { throw new Error('no such column'); });
      export default flow({ name: 'etl' }, async () => { await caught().state(); await load(); });`);
    const answer = why(run.id);
    expect(answer.why).toMatch(/^It failed at [\d:]+ because task load failed: no such column\.$/);
    expect(answer.failed_task?.name).toBe('load');
    expect(answer.next).toEqual([`weir logs ${run.id} ${answer.failed_task?.id}`, `weir retry ${run.id}`]);
  });

  it('a run waits for its retry, or is interrupted: why, until when, and who goes on with it', async () => {
    const going = await world.startFlow(
      `export default flow({ retries: 1, retryDelay: '1h' }, () => { throw new Error('no'); });`,
    );
    await going.until((event) => event.kind === 'run-state' && event.state.name === 'AwaitingRetry');
    expect(why(going.id).why).toMatch(/^It failed \(no\) and is tried again at .*, in (1h|59m.*)\./);
    going.cancel();
    const stuck = await world.startFlow(`export default flow(() => seen('never'));`);
    await stuck.until(isRunning);
    expect(why(stuck.id).why).toMatch(/^It runs since [\d:]+, in the flow's own code\.$/);
    await world.engine.dispatcher.executionOf(stuck.id)?.interrupt('the server was stopped');
    expect(why(stuck.id)).toMatchObject({
      why: expect.stringMatching(
        /^It was interrupted at [\d:]+: the server was stopped\. Nobody goes on with it by itself: there is no server\.$/,
      ),
      next: [`weir resume ${stuck.id}`],
    });
  });
});

describe('why of a due time', () => {
  const DAY = Date.UTC(2026, 0, 5);
  /** A deployment due at six every day, deployed on the fifth of January at noon. */
  function deployed() {
    const { deployments } = world.engine.store;
    const [spec] = resolveSchedules([{ cron: '0 6 * * *', timezone: 'UTC' }], {
      machineZone: 'UTC',
      seed: 'nightly/default',
      createdAt: DAY,
    });
    if (spec === undefined) throw new Error('no schedule');
    const options = { ...RULES, infrastructure: 'thread' } as const;
    const now = DAY + 12 * 3_600_000;
    const base = { flow: 'nightly', name: 'default', path: '/f.ts', entry: 'default', description: '', tags: [] };
    const deploymentId = deployments.put({ ...base, options, now });
    const scheduleId = deployments.putSchedule({
      ...{ deploymentId, identity: scheduleIdentity(spec), spec: JSON.stringify(spec), timezone: 'UTC' },
      ...{ nextAt: DAY + 30 * 3_600_000, nextNote: null, now },
    });
    return { scheduleId, deployment: findDeployment(world.engine.store, 'nightly') };
  }

  it('tells what the ledger says, and what lies ahead or was never due', () => {
    const { store } = world.engine;
    const { scheduleId, deployment } = deployed();
    const at = (day: number) => DAY + day * 86_400_000 + 6 * 3_600_000;
    const slot = { scheduleId, note: null, flowRunId: null };
    store.deployments.addSlot({ ...slot, at: at(1), outcome: 'missed', reason: 'the server was down' }, at(3));
    store.deployments.addSlot(
      { ...slot, at: at(2), outcome: 'skipped', reason: 'the run before still goes on' },
      at(3),
    );
    const answer = (text: string | null, now = at(3) + 60_000) => whySlot(store, deployment, text, now)[0];
    expect(answer('2026-01-06T06:00')).toMatchObject({ slot: at(1), outcome: 'missed' });
    expect(answer('2026-01-06T06:00')?.why).toContain('it was missed (the server was down)');
    expect(answer('2026-01-07 06:00')?.why).toContain('it was skipped (the run before still goes on)');
    expect(answer('2026-01-07T07:00:00+01:00')?.outcome).toBe('skipped');
    expect(answer('2026-01-07T06:01')).toMatchObject({ slot: null, outcome: 'not_due' });
    expect(answer('2026-01-05T06:00')?.why).toContain('this schedule did not exist');
    expect(answer('06:00')?.why).toContain('nobody has judged it yet: no server has run since');
    expect(answer('2026-01-09T06:00')).toMatchObject({ outcome: 'due', next: ['weir up'] });
    expect(answer(null, DAY + 13 * 3_600_000)).toMatchObject({ slot: at(1) });
  });

  it('refuses what is no time and no deployment, and says what was meant', () => {
    const { deployment } = deployed();
    expect(() => whySlot(world.engine.store, deployment, 'tomorrow', DAY)).toThrow('"tomorrow" is no time');
    expect(() => findDeployment(world.engine.store, 'nigtly')).toThrow('there is no deployment "nigtly"');
    expect(findDeployment(world.engine.store, 'nightly/default').id).toBe(deployment.id);
  });
});
