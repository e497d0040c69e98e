/** `weir run`: one flow now, in this process, with no server anywhere. */
import { createEarlyPool, type Engine } from '../engine/engine.ts';
import { encode } from '../model/codec.ts';
import { WeirError } from '../model/errors.ts';
import { HOST_KINDS, type HostKind } from '../model/message.ts';
import { resolveRunName } from '../model/run-name.ts';
import type { Assignment } from '../pool/source.ts';
import { drive } from './drive.ts';
import { tellFirst } from './first-of-key.ts';
import { say } from './output.ts';
import { parseParams } from './params.ts';
import type { GlobalFlags } from './program.ts';
import { RUNNER_ARGV, SPAWNER_ARGV } from './roles.ts';
import { sayFault, withEngine } from './session.ts';
import { mentionsShell } from './shell-hint.ts';
import { chooseDescription, parseTarget } from './target.ts';

interface RunFlags extends GlobalFlags {
  readonly param: readonly string[];
  readonly params?: string;
  readonly tag: readonly string[];
  readonly idempotencyKey?: string;
  readonly infra?: string;
}

export async function run([file]: [string?], flags: RunFlags): Promise<number> {
  const infra = parseInfra(flags.infra);
  const target = parseTarget(file);
  // The host boots and reads the file on its own thread while this one opens the database.
  const early = createEarlyPool({ role: 'run', spawnerArgv: SPAWNER_ARGV, runnerArgv: RUNNER_ARGV, onFault: sayFault });
  const describing = early.pool.describe(target.path, { keep: true, infrastructure: infra ?? 'thread' });
  describing.catch(() => {});
  if (mentionsShell(target.path)) early.commands.warm();
  return withEngine(
    flags,
    'run',
    async (engine) => {
      const flows = await describing;
      const flow = chooseDescription(target.path, flows, target.flow);
      const params = parseParams(flags.param, flags.params, flow.paramsSchema);
      const key = flags.idempotencyKey ?? null;
      const first = firstOfKey(engine, key);
      if (first !== null) return tellFirst(engine, first, { json: flags.json === true });
      let assignment: Assignment;
      try {
        assignment = await engine.queue.enqueueClaimed({
          flow: flow.name,
          name: resolveRunName(flow.options.runName, params),
          deploymentId: null,
          path: target.path,
          entry: flow.entry,
          codeHash: flow.codeHash,
          code: flow.code,
          version: flow.version,
          options: flow.options,
          params: encode(params, 'params'),
          tags: [...new Set([...flow.tags, ...flags.tag])],
          trigger: 'cli',
          infrastructure: infra ?? flow.options.infrastructure ?? 'thread',
          idempotencyKey: key,
          scheduleId: null,
          slotAt: null,
          slotStartAt: null,
          slotCoversFrom: null,
        });
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

function parseInfra(text: string | undefined): HostKind | undefined {
  if (text === undefined) return undefined;
  const kind = HOST_KINDS.find((each) => each === text);
  if (kind !== undefined) return kind;
  throw new WeirError('usage', `--infra is "${text}"; it must be ${HOST_KINDS.join(' or ')}`);
}

function firstOfKey(engine: Engine, key: string | null): number | null {
  return key === null ? null : engine.store.flowRuns.idByIdempotencyKey(key);
}
