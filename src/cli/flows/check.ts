/**
 * `weir check FILE|DIR...`: whether flows are valid, with everything that is wrong, and what they are: graph, parameters,
 * shell, folder, environment, next due times. Runs nothing, records nothing, and makes no file.
 */
import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { flowFilesIn } from '../../engine/deploy/flow-files.ts';
import { createEarlyPool } from '../../engine/execute/early-pool.ts';
import { EXIT, WeirError } from '../../model/errors.ts';
import type { FlowDescription } from '../../model/flow-description.ts';
import { isYamlFile } from '../../model/flow-file.ts';
import { expectationOf, type JsonSchema } from '../../model/param-schema.ts';
import { toPlainJson } from '../../model/plain-json.ts';
import type { ScheduleInput } from '../../model/schedule-input.ts';
import { defaultShell } from '../../runner/yaml/missing.ts';
import { createdLimits, createdSecrets } from '../../store/query.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { createInlineRunner } from '../inline-runner.ts';
import { passOn, print, printJson, say } from '../output.ts';
import { RUNNER_ARGV, SPAWNER_ARGV } from '../roles.ts';
import { sayFault, settingsOf } from '../session.ts';
import type { Describe } from './called-flows.ts';
import { checkYaml } from './check-yaml.ts';
import type { CheckedFile, CheckedFlow, CheckProblem } from './checked-flow.ts';
import { checkedSchedules } from './checked-flow.ts';
import { renderChecked } from './render-check.ts';

type Limits = ReadonlyMap<string, number> | null;

export async function check([paths]: [string[]], flags: GlobalFlags): Promise<number> {
  const given = paths.length === 0 ? ['.'] : paths;
  const files = [...new Set(given.flatMap((path) => flowFilesIn(resolve(path))))];
  if (files.length === 0)
    throw new WeirError('usage', `there is no flow in ${given.join(', ')}`, {
      hint: 'name a file: weir check flow.yaml; or make one: weir init',
    });
  const { db } = settingsOf(flags);
  const limits = known(db, createdLimits, new Map<string, number>());
  const secrets = known(db, createdSecrets, new Set<string>());
  const now = Date.now();
  const host = lazily(() =>
    createEarlyPool({
      db,
      role: 'run',
      spawnerArgv: SPAWNER_ARGV,
      runnerArgv: RUNNER_ARGV,
      makeInlineRunner: createInlineRunner,
      onFault: sayFault,
      onLoadOutput: passOn,
    }),
  );
  const described = new Map<string, Promise<readonly FlowDescription[]>>();
  // Once each: a file says what it prints while it is loaded, and several may call its flows.
  const describe = (path: string) => described.getOrInsertComputed(path, () => host.get().pool.describe(path));
  const checked: CheckedFile[] = [];
  try {
    for (const path of files)
      checked.push(
        isYamlFile(path)
          ? await checkYaml(path, { limits, secrets }, now, describe)
          : await checkTypeScript(path, describe, limits, now),
      );
  } finally {
    await host.made()?.pool.stop();
  }
  const all = withoutTwins(checked);
  tell(all, flags);
  return all.some(isInvalid) ? EXIT.usage : EXIT.ok;
}

function tell(files: readonly CheckedFile[], flags: GlobalFlags): void {
  if (flags.json) {
    const items = files.map(({ path, problems, flows }) => ({
      path,
      valid: problems.every((problem) => problem.severity !== 'error'),
      problems: problems.map(({ excerpt: _, ...problem }) => problem),
      flows: flows.map((flow) => ({
        ...flow,
        params: flow.params.map((param) => ({ ...param, default: toPlainJson(param.default) })),
      })),
    }));
    printJson({ schema: 'weir.check/1', items, next: null });
    return;
  }
  print(files.map((file) => renderChecked({ ...file, path: shortPath(file.path) })).join('\n\n'));
  const invalid = files.filter(isInvalid).length;
  if (files.length > 1) say(`\n${files.length} files, ${invalid === 0 ? 'all valid' : `${invalid} invalid`}`);
}

/** TypeScript is loaded in a host, as for a run; the graph comes about only when it runs. */
async function checkTypeScript(path: string, describe: Describe, limits: Limits, now: number): Promise<CheckedFile> {
  try {
    const flows = await describe(path);
    return {
      path,
      problems: flows.flatMap((flow) => undeclared(flow, limits)),
      flows: flows.map((flow) => checkedFlow(path, flow, now)),
    };
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    return { path, problems: [problemOf(path, error)], flows: [] };
  }
}

function checkedFlow(path: string, flow: FlowDescription, now: number): CheckedFlow {
  const schema = flow.paramsSchema as JsonSchema | null;
  const properties = (schema?.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  const required = (schema?.required ?? []) as readonly string[];
  const folder = resolve(path, '..');
  return {
    name: flow.name,
    kind: 'typescript',
    description: flow.description,
    params: Object.entries(properties).map(([name, param]) => ({
      name,
      type: expectationOf(param, schema ?? {}) ?? 'anything',
      required: required.includes(name) && param.default === undefined,
      default: param.default ?? null,
    })),
    tasks: null,
    handlers: [],
    schedules: checkedSchedules(flow.schedules as ScheduleInput[], flow.name, now),
    shell: defaultShell({ folder, env: process.env }),
    folder,
    environment: { inherit: 'all', files: [], variables: [], secrets: [], venv: null, conda: null },
    limits: flow.options.concurrencyLimits,
  };
}

/** What the flow itself occupies; of its tasks that is known only when they are called. */
function undeclared({ name, options }: FlowDescription, limits: Limits): CheckProblem[] {
  if (limits === null) return [];
  return Object.keys(options.occupies ?? {})
    .filter((limit) => !limits.has(limit) && !Object.hasOwn(options.concurrencyLimits, limit))
    .map((limit) => ({
      severity: 'error',
      line: null,
      column: null,
      excerpt: '',
      message: `flow "${name}" occupies "${limit}", a limit that nobody declared`,
      hint: `declare it: concurrencyLimits: { ${limit}: 1 }, or weir concurrency-limit create ${limit} 1`,
    }));
}

/** Its first line may name the place: it is kept as it is, and taken apart for JSON. */
function problemOf(path: string, { message, hint }: WeirError): CheckProblem {
  const place = message.startsWith(`${path}:`) ? /^(\d+)(?::(\d+))?: /.exec(message.slice(path.length + 1)) : null;
  const text = place === null ? message : message.slice(path.length + 1 + place[0].length);
  const [sentence = '', ...excerpt] = text.split('\n');
  return {
    severity: 'error',
    line: place === null ? null : Number(place[1]),
    column: place?.[2] === undefined ? null : Number(place[2]),
    message: sentence,
    hint: hint ?? null,
    excerpt: excerpt.join('\n'),
  };
}

/** Two flows of one name cannot be deployed together. */
function withoutTwins(files: readonly CheckedFile[]): CheckedFile[] {
  const seen = new Map<string, string>();
  return files.map((file) => {
    const twins = file.flows.filter(({ name }) => seen.has(name));
    for (const { name } of file.flows) if (!seen.has(name)) seen.set(name, file.path);
    const problems = twins.map(
      ({ name }): CheckProblem => ({
        severity: 'warning',
        line: null,
        column: null,
        excerpt: '',
        message: `${shortPath(seen.get(name) as string)} has a flow named "${name}" too, so the two cannot be deployed together`,
        hint: 'give one of them another name',
      }),
    );
    return { ...file, problems: [...file.problems, ...problems] };
  });
}

function isInvalid({ problems }: CheckedFile): boolean {
  return problems.some((problem) => problem.severity === 'error');
}

/** What users created; what cannot be read now makes no flow invalid. */
function known<Value>(db: string, read: (db: string) => Value, none: Value): Value | null {
  if (!existsSync(db)) return none;
  try {
    return read(db);
  } catch {
    return null;
  }
}

function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') || short === '' ? path : short;
}

function lazily<Value>(make: () => Value): { get: () => Value; made: () => Value | undefined } {
  let value: Value | undefined;
  return {
    get: () => {
      value ??= make();
      return value;
    },
    made: () => value,
  };
}
