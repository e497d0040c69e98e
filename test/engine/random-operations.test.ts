/**
 * F22: random operations (start, claim, begin, end, cancel, retry, crash, tick, set the clock, reports of strangers)
 * against a small model in memory, which is written from the manual and knows nothing of the code. After each of them
 * every run and every slot stands as in the model. `WEIR_TEST_SEED` replays one, `WEIR_TEST_ROUNDS` tries more.
 */
import { expect, test } from 'vitest';
import { createEvents } from '../../src/engine/events.ts';
import { askToCancel } from '../../src/engine/verbs/cancel.ts';
import { runOfDeployment } from '../../src/engine/verbs/deployment-run.ts';
import { reopenRun } from '../../src/engine/verbs/retry.ts';
import type { Report } from '../../src/model/report.ts';
import { seededFraction } from '../../src/model/seeded.ts';
import type { Assignment } from '../../src/pool/source.ts';
import { type ScheduleWorld, scheduleWorld } from '../support/schedule-world.ts';

const ROUNDS = Number(process.env.WEIR_TEST_ROUNDS ?? 12);
const SEEDS = process.env.WEIR_TEST_SEED?.split(',') ?? Array.from({ length: ROUNDS }, (_, n) => `random-${n}`);
const OPERATIONS = 80;
const MINUTE = 60_000;
const CRASH_RETRIES = 1;

/** A run as the manual has it. */
interface ModelRun {
  id: number;
  state: string;
  isOwned: boolean;
  attempt: number;
  failures: number;
  crashes: number;
  dueAt: number;
}

const FINAL = ['Completed', 'Failed', 'Cancelled', 'Crashed'];
const WAITING = ['Scheduled', 'AwaitingRetry', 'AwaitingResume'];
const RUNNING = ['Running', 'Retrying', 'Resuming'];

/** Over all seeds: a walk that never comes to a state says nothing of it. */
const seen = new Set<string>();

class Model {
  readonly runs: ModelRun[] = [];
  readonly slots: string[] = [];
  #answeredUntil: number;
  readonly #retries: number;

  constructor(now: number, retries: number) {
    this.#answeredUntil = now;
    this.#retries = retries;
  }

  start(id: number, dueAt: number): void {
    this.runs.push({ id, state: 'Scheduled', isOwned: false, attempt: 0, failures: 0, crashes: 0, dueAt });
  }

  /** Due every minute, catchup skip: only the newest is not too late. Gives the slots that make runs. */
  look(now: number): number[] {
    const due: number[] = [];
    for (let at = this.#answeredUntil + MINUTE; at <= now; at += MINUTE) due.push(at);
    for (const at of due) this.slots.push(`${at} ${at === due.at(-1) ? 'ran' : 'missed'}`);
    this.#answeredUntil = due.at(-1) ?? this.#answeredUntil;
    return due.slice(-1);
  }

  claim(most: number, now: number): number[] {
    const free = this.runs.filter((run) => WAITING.includes(run.state) && !run.isOwned && run.dueAt <= now);
    const claimed = free.sort((a, b) => a.dueAt - b.dueAt || a.id - b.id).slice(0, most);
    for (const run of claimed) {
      run.isOwned = true;
      if (run.state === 'Scheduled') run.state = 'Pending';
    }
    return claimed.map(({ id }) => id);
  }

  begin(run: ModelRun): void {
    if (run.state === 'Cancelling') return;
    run.state = { AwaitingRetry: 'Retrying', AwaitingResume: 'Resuming' }[run.state] ?? 'Running';
    run.attempt++;
  }

  end(run: ModelRun, how: 'Completed' | 'Failed', now: number): void {
    run.isOwned = false;
    if (run.state === 'Cancelling') run.state = 'Cancelled';
    else if (how === 'Completed') run.state = how;
    else if (++run.failures > this.#retries) run.state = how;
    else {
      run.state = 'AwaitingRetry';
      run.dueAt = now;
    }
  }

  cancel(run: ModelRun): void {
    if (FINAL.includes(run.state)) return;
    run.state = run.isOwned ? 'Cancelling' : 'Cancelled';
  }

  retry(run: ModelRun, now: number): void {
    Object.assign(run, { state: 'AwaitingRetry', failures: 0, crashes: 0, dueAt: now });
  }

  /** Only a run that was alone in its process is charged. */
  crash(now: number): void {
    const aboard = this.runs.filter(({ isOwned }) => isOwned);
    for (const run of aboard) {
      run.isOwned = false;
      if (run.state === 'Cancelling') run.state = 'Cancelled';
      else if (aboard.length === 1 && ++run.crashes > CRASH_RETRIES) run.state = 'Crashed';
      else {
        run.state = 'AwaitingResume';
        run.dueAt = now;
      }
    }
  }
}

test.each(SEEDS)(
  'F22 whatever is done, in any order, runs and slots stand as the model says (seed %s)',
  async (seed) => {
    const world = scheduleWorld({ start: '2026-03-10T00:00:20' });
    let drawn = 0;
    const chance = () => seededFraction(`${seed}/${drawn++}`);
    const whole = (most: number) => Math.floor(chance() * most);
    const rules = { retries: whole(2), crashRetries: CRASH_RETRIES };
    await world.deploy('etl', { cron: '* * * * *', catchup: 'skip', overlap: 'allow_all' }, rules);
    const model = new Model(Math.floor(world.clock.wall / MINUTE) * MINUTE, rules.retries);
    const tokens = new Map<number, string>();
    const strangers: Assignment[] = [];
    const pick = (states: readonly string[], isOwned?: boolean) => {
      const fit = model.runs.filter(
        (run) => states.includes(run.state) && (isOwned === undefined || run.isOwned === isOwned),
      );
      // Few of them often, so that they come far.
      return fit[Math.floor(chance() ** 2 * fit.length)];
    };
    const assignmentOf = (runId: number) => ({ runId, token: tokens.get(runId) ?? '' }) as Assignment;
    const report = (assignment: Assignment, ...reports: Report[]) => world.queue.report(assignment, reports);
    const ended = (how: 'Completed' | 'Failed'): Report => {
      const type = how === 'Completed' ? 'COMPLETED' : 'FAILED';
      return {
        ...{ kind: 'run-ended', at: world.clock.wall, retriable: true },
        state: { type, name: how, message: null },
      };
    };

    const operations: Record<string, () => Promise<string>> = {
      async start() {
        const { deployment } = world.scheduleOf('etl');
        const at = world.clock.wall;
        const nothing = {
          idempotencyKey: null,
          scheduleId: null,
          slotAt: null,
          slotStartAt: null,
          slotCoversFrom: null,
        };
        const state = { type: 'SCHEDULED', name: 'Scheduled', message: null, at } as const;
        const id = await world.store.writer.write(() =>
          world.store.flowRuns.insert({
            ...{ ...runOfDeployment(deployment), ...nothing, trigger: 'cli', state },
            ...{ scheduledAt: at, ownerId: null, token: null },
          }),
        );
        model.start(id, at);
        return `start ${id}`;
      },
      async tick() {
        const ms = 1 + whole(3 * MINUTE);
        await world.pass(ms);
        for (const at of model.look(world.clock.wall)) model.start(newest(world), at);
        return `tick ${ms}`;
      },
      async clock() {
        const ms = Math.round((chance() - 0.4) * 120 * MINUTE);
        await world.setClock(ms);
        for (const at of model.look(world.clock.wall)) model.start(newest(world), at);
        return `clock ${ms}`;
      },
      async claim() {
        const most = 1 + whole(2);
        const claimed = await world.queue.claim(most);
        for (const { runId, token } of claimed) tokens.set(runId, token);
        expect(claimed.map(({ runId }) => runId)).toEqual(model.claim(most, world.clock.wall));
        return `claim ${most}`;
      },
      async begin() {
        const run = pick(['Pending', 'AwaitingRetry', 'AwaitingResume', 'Cancelling'], true);
        if (run === undefined) return 'begin nothing';
        await report(assignmentOf(run.id), { kind: 'run-started', at: world.clock.wall, timeoutMs: null });
        model.begin(run);
        return `begin ${run.id}`;
      },
      async end() {
        const run = pick([...RUNNING, 'Cancelling'], true);
        if (run === undefined) return 'end nothing';
        const how = chance() < 0.4 ? 'Completed' : 'Failed';
        await report(assignmentOf(run.id), ended(how));
        strangers.push(assignmentOf(run.id));
        model.end(run, how, world.clock.wall);
        return `end ${run.id} ${how}`;
      },
      async cancel() {
        const run = model.runs[whole(model.runs.length)];
        if (run === undefined) return 'cancel nothing';
        const parts = { store: world.store, events: createEvents(), now: () => world.clock.wall };
        await askToCancel(parts, run.id, 'test');
        model.cancel(run);
        return `cancel ${run.id}`;
      },
      async retry() {
        const run = model.runs[whole(model.runs.length)];
        if (run === undefined) return 'retry nothing';
        const parts = { store: world.store, events: createEvents(), now: () => world.clock.wall };
        const asked = reopenRun(parts, run.id, { selection: null, code: null });
        if (['Failed', 'Cancelled', 'Crashed'].includes(run.state)) {
          await asked;
          model.retry(run, world.clock.wall);
        } else await expect(asked).rejects.toMatchObject({ code: 'conflict' });
        return `retry ${run.id}`;
      },
      async crash() {
        for (const { id } of model.runs.filter(({ isOwned }) => isOwned)) strangers.push(assignmentOf(id));
        await world.crash();
        model.crash(world.clock.wall);
        return 'crash';
      },
      /** Late, from an attempt that is over, or from a process that has died. */
      async stranger() {
        const assignment = strangers[whole(strangers.length)];
        const isOwned = model.runs.some((run) => run.id === assignment?.runId && run.isOwned);
        if (assignment === undefined || (isOwned && assignment.token === tokens.get(assignment.runId)))
          return 'no stranger';
        await report(assignment, ended('Completed'));
        return `stranger ${assignment.runId}`;
      },
    };

    // What moves runs on comes more often than what makes new ones.
    const often = ['claim', 'begin', 'end', 'crash'];
    const names = [...Object.keys(operations), ...often, 'claim', 'begin'];
    const done: string[] = [];
    for (let n = 0; n < OPERATIONS; n++) {
      const operation = operations[names[whole(names.length)] ?? ''];
      done.push((await operation?.()) ?? '');
      for (const { state } of model.runs) seen.add(state);
      const what = `seed ${seed}: ${done.join(', ')}`;
      expect(standing(world), what).toEqual(model.runs.toSorted((a, b) => a.id - b.id));
      expect(
        world.slots('etl').map(({ at, outcome }) => `${at} ${outcome}`),
        what,
      ).toEqual(model.slots);
    }
    expect(world.faults).toEqual([]);
  },
);

test.runIf(SEEDS.length >= 10)('F22 the walks come to every state that there is', () => {
  expect([...seen].sort()).toEqual([...FINAL, ...WAITING, ...RUNNING, 'Pending', 'Cancelling'].sort());
});

function newest(world: ScheduleWorld): number {
  return world.store.flowRuns.latest(1, null)[0]?.id ?? 0;
}

function standing(world: ScheduleWorld): ModelRun[] {
  return world.store.flowRuns
    .latest(10_000, null)
    .map(({ id, state, ownerId, attempt, failures, crashes, scheduledAt }) => ({
      ...{ id, state: state.name, isOwned: ownerId !== null, attempt, failures, crashes, dueAt: scheduledAt ?? 0 },
    }))
    .sort((a, b) => a.id - b.id);
}
