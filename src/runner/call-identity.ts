/**
 * What a task call is, before anything runs: hashes of its code and inputs, its identity, its cache key, its label.
 * Equal calls of a scope are counted, so that the same call is found again in a later attempt.
 */
import { cacheKeyOf, hashArguments, hashCode, hashValue, taskIdentity, withFiles } from '../model/identity.ts';
import type { TaskCall } from '../model/report.ts';
import type { RunContext } from '../sdk/runtime.ts';
import type { TaskDefinition } from '../sdk/task.ts';
import type { Scope } from './scope.ts';
import { hashOfCodeFiles } from './shell/shell-code.ts';

export interface CallParts {
  readonly number: number;
  readonly definition: TaskDefinition;
  /** null: there are none, because an upstream failed. */
  readonly args: readonly unknown[] | null;
  readonly upstream: readonly number[];
  readonly scope: Scope;
  readonly runTags: readonly string[];
  readonly context: () => RunContext;
}

export interface DescribedCall {
  readonly call: TaskCall;
  /** What the author's own `key` or `cache.key` function threw: the call then fails with it. */
  readonly fault: { readonly error: unknown } | null;
}

export function describeCall(parts: CallParts): DescribedCall {
  const { number, definition, args, upstream, scope, runTags } = parts;
  const codeHash = withFiles(
    codeHashOf(definition),
    definition.sources === undefined ? null : hashOfCodeFiles(definition.sources, parts.context().dir),
  );
  const { inputHash, cacheKey, fault } = keysOf(parts, codeHash);
  // What cannot be hashed is a call of its own: nothing may be taken for it.
  const inputs = inputHash ?? `unique ${number}`;
  const counted = `${definition.name}\0${codeHash}\0${inputs}`;
  const index = scope.counts.get(counted) ?? 0;
  scope.counts.set(counted, index + 1);
  const call: TaskCall = {
    call: number,
    identity: taskIdentity({ scope: scope.path, name: definition.name, codeHash, inputHash: inputs, index }),
    scope: scope.path,
    name: definition.name,
    label: args === null ? null : runLabel(definition.runName, args),
    taskKind: definition.kind,
    index,
    position: number,
    codeHash,
    inputHash,
    cacheKey,
    isKeyed: definition.key !== null,
    parentCall: scope.call,
    upstream,
    tags: runTags.length === 0 ? definition.tags : [...new Set([...runTags, ...definition.tags])],
    timeoutMs: definition.timeoutMs,
    retries: definition.retry.retries,
  };
  return { call, fault };
}

/** Hashing a function's text costs more than calling it: once for each definition. */
const codeHashes = new WeakMap<TaskDefinition, string>();

/** The hash of a task's code, by which a result is known to be its own. */
export function codeHashOf(definition: TaskDefinition): string {
  let hash = codeHashes.get(definition);
  if (hash === undefined) {
    hash = hashCode(definition.code, definition.version ?? undefined);
    codeHashes.set(definition, hash);
  }
  return hash;
}

function keysOf(
  { definition, args, context }: CallParts,
  codeHash: string,
): Pick<TaskCall, 'inputHash' | 'cacheKey'> & Pick<DescribedCall, 'fault'> {
  if (args === null) return { inputHash: hashValue('upstream failed'), cacheKey: null, fault: null };
  try {
    const given = args as never[];
    const inputHash = definition.key === null ? hashArguments(args) : hashValue(String(definition.key(...given)));
    if (definition.cache === null) return { inputHash, cacheKey: null, fault: null };
    const { key } = definition.cache;
    const wanted = key === 'inputs' ? inputHash : String(key(context(), ...given));
    const cacheKey = wanted === null ? null : cacheKeyOf({ taskName: definition.name, codeHash, key: wanted });
    return { inputHash, cacheKey, fault: null };
  } catch (error) {
    return { inputHash: null, cacheKey: null, fault: { error } };
  }
}

/** `alpha={1}` with the arguments in the places of their numbers, shortened; or what the author's function says. */
function runLabel(runName: TaskDefinition['runName'], args: readonly unknown[]): string | null {
  if (typeof runName === 'string') {
    return runName.replace(/\{(\d+)\}/g, (_, position: string) => shortText(args[Number(position)]));
  }
  try {
    return runName && String(runName(...(args as never[]))).slice(0, 200);
  } catch {
    // A label is no reason to fail a task.
    return null;
  }
}

function shortText(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, 80);
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 80);
  } catch {
    // circular, or a BigInt
    return String(value).slice(0, 80);
  }
}
