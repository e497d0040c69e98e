/**
 * Scheduler, ledger and claims over a fresh file, with clocks that the test sets: nothing executes, runs end when the
 * test says so. A second world on the same file plays another process, or the next start.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { putSchedules } from '../../src/engine/deploy/put-schedules.ts';
import { createEvents } from '../../src/engine/events.ts';
import { createQueue } from '../../src/engine/execute/queue.ts';
import { type RecoveryParts, settleDeadProcesses } from '../../src/engine/execute/recovery.ts';
import { createSecretKeeper } from '../../src/engine/execute/secrets.ts';
import { createScheduler } from '../../src/engine/schedule/scheduler.ts';
import type { FlowRules } from '../../src/model/flow-description.ts';
import type { ScheduleInput } from '../../src/model/schedule-input.ts';
import { resolveSchedules } from '../../src/model/schedule-spec.ts';
import type { Assignment } from '../../src/pool/source.ts';
import type { SlotRow } from '../../src/store/slots.ts';
import { openStore } from '../../src/store/store.ts';
import { RULES } from './flow-rules.ts';

export interface ScheduleWorldOptions {
  readonly start?: string;
  readonly kernelBootId?: string;
}

export type ScheduleWorld = ReturnType<typeof scheduleWorld>;

/** `start`: the time at first, read as UTC where it names no offset. */
export function scheduleWorld({ start = '2026-01-01T00:00', kernelBootId = 'boot-1' }: ScheduleWorldOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'weir-schedules-'));
  const clock = { wall: instant(start), awake: 0, sinceBoot: 0 };
  let bootId = kernelBootId;
  const faults: unknown[] = [];
  let number = 0;
  let part = open();

  function open() {
    number++;
    const store = openStore(join(folder, 'weir.db'));
    const row = {
      bootId: `p${number}`,
      role: 'run' as const,
      pid: number,
      host: 'here',
      version: '1',
      kernelBootId: null,
    };
    const processId = store.processes.register({ ...row, startedAt: clock.wall });
    const now = () => clock.wall;
    const secrets = createSecretKeeper({ store, keyFile: join(folder, 'weir.key'), now });
    const events = createEvents();
    const queue = createQueue({ store, events, secrets, processId, now, random: () => 0.5, parallelism: 1 });
    const clocks = { wall: now, awake: () => clock.awake, sinceBoot: () => clock.sinceBoot };
    const onFault = (error: unknown) => faults.push(error);
    const scheduler = createScheduler({ store, clocks, kernelBootId: bootId, onEnqueued: () => {}, onFault });
    return { store, queue, scheduler };
  }

  async function close() {
    part.scheduler.stop();
    await part.store.writer.stop();
    part.store.close();
  }
  onTestFinished(async () => {
    await close();
    rmSync(folder, { recursive: true });
  });

  const scheduleOf = (flow: string, index = 0) => {
    const deployment = part.store.deployments.all().find((each) => each.flow === flow);
    const schedule = deployment && part.store.deployments.schedulesOf(deployment.id)[index];
    if (deployment === undefined || schedule === undefined) throw new Error(`${flow} has no schedule ${index}`);
    return { deployment, schedule };
  };

  return {
    clock,
    faults,
    /** What has the file open now. */
    get store() {
      return part.store;
    },
    get engine() {
      return { store: part.store, now: () => clock.wall, kernelBootId: bootId };
    },
    get scheduler() {
      return part.scheduler;
    },
    /** Deploys a flow as `weir up` does. */
    async deploy(
      flow: string,
      schedules: ScheduleInput | readonly ScheduleInput[],
      rules: Partial<FlowRules> = {},
    ): Promise<void> {
      const now = clock.wall;
      const specs = resolveSchedules(schedules, { machineZone: 'UTC', seed: `${flow}/default`, createdAt: now });
      await part.store.writer.write(() => {
        const base = { flow, name: 'default', path: `/${flow}.ts`, entry: 'default', description: '', tags: [], now };
        const id = part.store.deployments.put({ ...base, options: { ...RULES, ...rules } });
        const { answerDue } = part.scheduler;
        putSchedules({ store: part.store, now: () => clock.wall, kernelBootId: bootId, answerDue }, id, specs);
      });
    },
    scheduleOf,
    /** Time passes with the machine awake, and the scheduler looks. */
    async pass(ms: number): Promise<void> {
      clock.wall += ms;
      clock.awake += ms;
      clock.sinceBoot += ms;
      await part.scheduler.look();
    },
    /** Time passes to a moment, with a look every so often, as a scheduler that sleeps looks. */
    async passTo(time: string | number, everyMs = 30_000): Promise<void> {
      const end = typeof time === 'string' ? instant(time) : time;
      while (clock.wall < end) await this.pass(Math.min(everyMs, end - clock.wall));
    },
    /** The machine sleeps: its clocks of the wall and since boot go on. */
    async sleep(ms: number): Promise<void> {
      clock.wall += ms;
      clock.sinceBoot += ms;
      await part.scheduler.look();
    },
    /** Somebody sets the clock. */
    async setClock(byMs: number): Promise<void> {
      clock.wall += byMs;
      await part.scheduler.look();
    },
    /** The process ends, time passes, another one starts. */
    async restart(downMs: number, { reboot = false } = {}): Promise<void> {
      await close();
      clock.wall += downMs;
      clock.awake += downMs;
      clock.sinceBoot += downMs;
      if (reboot) bootId = `${bootId}+`;
      part = open();
      await part.scheduler.look();
    },
    /** The process dies where it stands; another one starts and settles what it left. */
    async crash(): Promise<void> {
      await close();
      part = open();
      const commands = { sweep: async () => 0 } as unknown as RecoveryParts['commands'];
      const now = () => clock.wall;
      const self = { bootId: `p${number}`, host: 'here', kernelBootId: null };
      await settleDeadProcesses({ store: part.store, commands, now, ...self });
    },
    get queue() {
      return part.queue;
    },
    /** Numbers of the runs that a dispatcher would start now. */
    claim: async (most = 100) => (await part.queue.claim(most)).map((assignment) => assignment.runId),
    /** The run that was claimed ends. */
    async end(runId: number, type: 'COMPLETED' | 'FAILED' = 'COMPLETED', tookMs = 0): Promise<void> {
      const assignment = { runId, token: part.store.flowRuns.byId(runId)?.token ?? '' } as Assignment;
      const name = type === 'COMPLETED' ? 'Completed' : 'Failed';
      const at = clock.wall;
      await part.queue.report(assignment, [
        { kind: 'run-started', at: at - tookMs, timeoutMs: null },
        { kind: 'run-ended', at, state: { type, name, message: type === 'FAILED' ? 'boom' : null }, retriable: false },
      ]);
    },
    /** The ledger of a flow's schedule, slot by slot, the oldest first. */
    slots(flow: string, index = 0): SlotRow[] {
      return part.store.deployments.slotsOf(scheduleOf(flow, index).schedule.id, 1_000_000).reverse();
    },
    /** The same as `01-01T06:00 ran 1`. */
    told(flow: string, index = 0): string[] {
      return this.slots(flow, index).map(
        ({ at, outcome, flowRunId }) =>
          `${new Date(at).toISOString().slice(5, 16)} ${outcome}${flowRunId === null ? '' : ` ${flowRunId}`}`,
      );
    },
  };
}

/** Epoch ms of a time, UTC where it names no offset. */
export function instant(text: string): number {
  return Temporal.Instant.from(/Z$|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`).epochMilliseconds;
}
