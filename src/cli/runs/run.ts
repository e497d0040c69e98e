/** `weir run`: one flow now, in this process, with no server anywhere. */

import { chooseDescription } from '../../engine/deploy/choose-flow.ts';
import type { Engine } from '../../engine/engine.ts';
import { createEarlyPool, type EarlyPool } from '../../engine/execute/early-pool.ts';
import { enqueue } from '../../engine/execute/enqueue.ts';
import type { BegunRun } from '../../engine/execute/run-claims.ts';
import { type ManualSlot, newestSlot, schedulesOf, slotAt } from '../../engine/schedule/manual-slot.ts';
import { isoTime, zoneOfTimes } from '../../engine/tell/told-times.ts';
import { parseTime } from '../../model/asked-time.ts';
import { encode } from '../../model/codec.ts';
import { WeirError } from '../../model/errors.ts';
import type { FlowDescription } from '../../model/flow-description.ts';
import { HOST_KINDS, type HostKind } from '../../model/message.ts';
import { resolveRunName } from '../../model/run-name.ts';
import type { Assignment } from '../../pool/source.ts';
import type { Store } from '../../store/store.ts';
import { createInlineRunner } from '../inline-runner.ts';
import { passOn, say } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { RUNNER_ARGV, SPAWNER_ARGV } from '../roles.ts';
import { sayFault, settingsOf, withEngine } from '../session.ts';
import { detach } from './detach.ts';
import { drive } from './drive.ts';
import { tellFirst } from './first-of-key.ts';
import { parseParams } from './params.ts';
import { mentionsShell } from './shell-hint.ts';
import { parseTarget, type Target } from './target.ts';

interface RunFlags extends GlobalFlags {
  readonly param: readonly string[];
  readonly params?: string;
  readonly tag: readonly string[];
  readonly idempotencyKey?: string;
  readonly infra?: string;
  readonly slot?: string;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
}

export async function run([file]: [string?], flags: RunFlags): Promise<number> {
  const infra = parseInfra(flags.infra);
  const target = parseTarget(file);
  // The host boots and reads the file on its own thread while this one opens the database.
  const early = createEarlyPool({
    db: settingsOf(flags).db,
    role: 'run',
    spawnerArgv: SPAWNER_ARGV,
    runnerArgv: RUNNER_ARGV,
    makeInlineRunner: createInlineRunner,
    onFault: sayFault,
    onLoadOutput: passOn,
  });
  const describing = early.pool.describe(target.path, { keep: true, infrastructure: infra ?? 'thread' });
  describing.catch(() => {});
  if (mentionsShell(target.path)) early.commands.warm();
  if (flags.dryRun) return planRun(early, describing, target, flags, infra);
  return withEngine(
    flags,
    flags.detach ? 'command' : 'run',
    async (engine) => {
      const flow = chooseDescription(target.path, await describing, target.flow);
      const key = flags.idempotencyKey ?? null;
      const first = firstOfKey(engine, key);
      if (first !== null) return tellFirst(engine, first, { json: flags.json === true });
      const wanted = begunRun(engine, target.path, flow, flags, infra);
      let assignment: Assignment;
      try {
        if (flags.detach) return await detach(engine, await enqueue(engine.store, wanted, engine.now()), flags);
        assignment = await engine.queue.enqueueClaimed(wanted);
      } catch (error) {
        // Another process with the same key was quicker since we looked.
        const quicker = firstOfKey(engine, key);
        if (quicker === null) throw error;
        return tellFirst(engine, quicker, { json: flags.json === true });
      }
      say(`run ${assignment.runId} of ${flow.name}`);
      return drive(engine, assignment, { json: flags.json === true });
    },
    early,
  );
}

function begunRun(
  { store, now }: Engine,
  path: string,
  flow: FlowDescription,
  flags: RunFlags,
  infra: HostKind | undefined,
): BegunRun {
  const params = parseParams(flags.param, flags.params, flow.paramsSchema);
  const slot = slotOf(store, flow, flags.slot, now());
  return {
    flow: flow.name,
    name: resolveRunName(flow.options.runName, params, flow.paramsSchema),
    deploymentId: null,
    path,
    entry: flow.entry,
    codeHash: flow.codeHash,
    code: flow.code,
    version: flow.version,
    options: flow.options,
    params: encode(params, 'params'),
    tags: [...new Set([...flow.tags, ...flags.tag])],
    trigger: 'cli',
    infrastructure: infra ?? flow.options.infrastructure ?? 'thread',
    idempotencyKey: flags.idempotencyKey ?? null,
    scheduleId: null,
    slotAt: slot?.at ?? null,
    slotStartAt: slot?.startAt ?? null,
    slotCoversFrom: slot === null ? null : store.flowRuns.newestCompletedSlot(flow.name, slot.at),
  };
}

/** `--slot TIME` in the schedule's zone; without it the newest due time before now. */
function slotOf(store: Store | null, flow: FlowDescription, text: string | undefined, now: number): ManualSlot | null {
  if (text === undefined && flow.schedules.length === 0) return null;
  const specs = schedulesOf(store, flow, now);
  if (text === undefined) return newestSlot(specs, now);
  const slot = slotAt(specs, parseTime(text, specs[0]?.timezone ?? zoneOfTimes(), '--slot', now));
  if (!slot.isDue && specs.length > 0) say(`${isoTime(slot.at)} is no due time of ${flow.name}'s schedule`);
  return slot;
}

/** Nothing is recorded: the file is not even opened. */
async function planRun(
  early: EarlyPool,
  describing: Promise<readonly FlowDescription[]>,
  target: Target,
  flags: RunFlags,
  infra: HostKind | undefined,
): Promise<number> {
  try {
    const flow = chooseDescription(target.path, await describing, target.flow);
    const params = parseParams(flags.param, flags.params, flow.paramsSchema);
    const { tellPlan } = await import('./dry-run.ts');
    const plan = {
      ...{ path: target.path, flow, params, name: resolveRunName(flow.options.runName, params, flow.paramsSchema) },
      tags: [...new Set([...flow.tags, ...flags.tag])],
      infrastructure: infra ?? flow.options.infrastructure ?? 'thread',
      slot: slotOf(null, flow, flags.slot, Date.now()),
    };
    return tellPlan(plan, { json: flags.json === true });
  } finally {
    await early.pool.stop();
  }
}

function parseInfra(text: string | undefined): HostKind | undefined {
  if (text === undefined) return undefined;
  const kind = HOST_KINDS.find((each) => each === text);
  if (kind !== undefined) return kind;
  throw new WeirError('usage', `--infra is "${text}"; it must be ${HOST_KINDS.join(' or ')}`);
}

function firstOfKey(engine: Engine, key: string | null): number | null {
  return key === null ? null : engine.store.flowRuns.idByIdempotencyKey(key);
}
