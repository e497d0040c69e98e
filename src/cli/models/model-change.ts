/** `weir model register`, `promote` and `rollback`: changes of the registry by hand, or by a command inside a task. */

import { userInfo } from 'node:os';
import { basename, resolve } from 'node:path';
import type { Engine } from '../../engine/engine.ts';
import { modelVersionJson } from '../../engine/tell/model-json.ts';
import { promote, rollback } from '../../engine/verbs/model-changes.ts';
import { EXIT } from '../../model/errors.ts';
import type { ModelVersion } from '../../model/registered-model.ts';
import { type Origin, parseStage } from '../../store/registry.ts';
import { print, printJson } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { withEngine } from '../session.ts';
import { parseNumber, parsePairs, toValue } from './model-labels.ts';
import { originOf } from './task-origin.ts';

interface RegisterFlags extends GlobalFlags {
  readonly metric: readonly string[];
  readonly param: readonly string[];
  readonly tag: readonly string[];
}

export async function registerModel([name, file]: [string, string], flags: RegisterFlags): Promise<number> {
  const labels = {
    metrics: parsePairs('--metric', 'rmse=1.92', flags.metric, (text) => parseNumber('--metric', text)),
    params: parsePairs('--param', 'alpha=0.1', flags.param, toValue),
    tags: parsePairs('--tag', 'week=7', flags.tag, (text) => text),
  };
  return withEngine(flags, 'command', async (engine) => {
    const origin = await originOf(engine, process.env);
    const now = engine.now();
    const registered = await registerFile(engine, { model: name, file, labels, origin, now });
    if (flags.json) printVersion(registered);
    else if (registered.createdAt < now)
      print(
        `registered ${registered.version} before: the same file from the same task; what was said of it then stays`,
      );
    else
      print(
        `registered ${registered.version}: ${registered.fileName}, ${registered.size} bytes, sha256 ${registered.contentHash.slice(0, 12)}`,
      );
    return EXIT.ok;
  });
}

export async function promoteModel(
  [name, selector]: [string, string],
  flags: GlobalFlags & { stage?: string },
): Promise<number> {
  const stage = parseStage(flags.stage ?? 'Production');
  return withEngine(flags, 'command', async (engine) => {
    const origin = await originOf(engine, process.env);
    const request = { model: name, selector, stage, by: whoDecides(origin), origin };
    const { promoted, former, inPlaceOf } = await promote(engine, request);
    const replaced = inPlaceOf === null ? '' : `, in place of version ${inPlaceOf}`;
    if (flags.json) printVersion(promoted);
    else if (former.stage === stage) print(`version ${promoted.version} is in ${stage} already`);
    else if (stage === 'Production') print(`promoted ${promoted.version}${replaced}`);
    else print(`moved ${promoted.version} from ${former.stage} to ${stage}`);
    return EXIT.ok;
  });
}

export async function rollbackModel([name]: [string], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async (engine) => {
    const origin = await originOf(engine, process.env);
    const restored = await rollback(engine, { model: name, by: whoDecides(origin), origin });
    if (flags.json) printVersion(restored);
    else print(`rolled back to ${restored.version}`);
    return EXIT.ok;
  });
}

export interface FileRegistration {
  readonly model: string;
  readonly file: string;
  readonly labels: Pick<ModelVersion, 'metrics' | 'params' | 'tags'>;
  readonly origin: Origin | null;
  readonly now: number;
}

/** Keeps a copy of the file, and makes it the next version. */
export async function registerFile({ store }: Engine, { file, ...rest }: FileRegistration): Promise<ModelVersion> {
  const { hash, size } = await store.content.putFile(resolve(file));
  const content = { contentHash: hash, size, format: 'file', fileName: basename(resolve(file)) } as const;
  return store.writer.write(() => store.registry.register({ ...rest, ...content }));
}

/** As the decision log names it. */
export function whoDecides(origin: Origin | null): string {
  if (origin !== null) return `run ${origin.flowRunId}`;
  try {
    return userInfo().username;
  } catch {
    // a container's user without a name
    return 'the command line';
  }
}

function printVersion(version: ModelVersion): void {
  printJson(modelVersionJson(version));
}
