/** `weir run`: one flow now, in this process, with no server anywhere. */
import { createEarlyPool } from '../engine/engine.ts';
import { runJson } from '../engine/run-json.ts';
import { encode } from '../model/codec.ts';
import { EXIT } from '../model/errors.ts';
import { drive } from './drive.ts';
import { printJson, say } from './output.ts';
import { parseParams } from './params.ts';
import type { GlobalFlags } from './program.ts';
import { SPAWNER_ARGV, sayFault, withEngine } from './session.ts';
import { chooseDescription, parseTarget } from './target.ts';

interface RunFlags extends GlobalFlags {
  readonly param: readonly string[];
  readonly params?: string;
  readonly tag: readonly string[];
  readonly idempotencyKey?: string;
}

export async function run([file]: [string?], flags: RunFlags): Promise<number> {
  const target = parseTarget(file);
  // The host boots and reads the file on its own thread while this one opens the database.
  const early = createEarlyPool({ role: 'run', spawnerArgv: SPAWNER_ARGV, onFault: sayFault });
  const describing = early.pool.describe(target.path, { keep: true });
  describing.catch(() => {});
  return withEngine(
    flags,
    'run',
    async (engine) => {
      const flows = await describing;
      const flow = chooseDescription(target.path, flows, target.flow);
      const params = parseParams(flags.param, flags.params, flow.paramsSchema);
      const existing =
        flags.idempotencyKey === undefined ? null : engine.store.flowRuns.idByIdempotencyKey(flags.idempotencyKey);
      if (existing !== null) {
        say(`run ${existing} has this idempotency key already; nothing was started`);
        const row = engine.store.flowRuns.byId(existing);
        if (flags.json && row !== null) printJson(runJson(engine.store, row));
        return EXIT.ok;
      }
      const assignment = await engine.queue.enqueueClaimed({
        flow: flow.name,
        name: runName(flow.options.runName, params),
        deploymentId: null,
        path: target.path,
        entry: flow.entry,
        codeHash: flow.codeHash,
        version: flow.version,
        options: flow.options,
        params: encode(params, 'params'),
        tags: [...new Set([...flow.tags, ...flags.tag])],
        trigger: 'cli',
        infrastructure: 'thread',
        idempotencyKey: flags.idempotencyKey ?? null,
        scheduleId: null,
        slotAt: null,
        slotStartAt: null,
        slotCoversFrom: null,
      });
      say(`run ${assignment.runId} of ${flow.name}`);
      return drive(engine, assignment, { json: flags.json === true });
    },
    early,
  );
}

function runName(template: string | null, params: Readonly<Record<string, unknown>>): string | null {
  return (
    template?.replace(/\{([\w-]+)\}/g, (whole, name: string) =>
      name in params ? String(params[name]).slice(0, 80) : whole,
    ) ?? null
  );
}
