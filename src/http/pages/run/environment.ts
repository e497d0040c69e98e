/** Where a run ran and with what. Of secrets the names alone are known here, and nothing else is told of them. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { formatBytes } from '../../../model/bytes.ts';
import { formatDuration } from '../../../model/duration.ts';
import type { FlowRunRow } from '../../../store/flow-runs.ts';
import type { Store } from '../../../store/store.ts';
import type { TaskOutline } from '../../../store/task-outlines.ts';
import type { Fact } from '../../../web/pages/run/environment.tsx';

const HOSTS: Readonly<Record<string, string>> = { thread: 'a thread', process: 'a child process of its own' };
const MOST_NAMES = 30;
const DEEPEST = 20;

export function environmentOf(store: Store, run: FlowRunRow, tasks: readonly TaskOutline[]): Fact[] {
  const { options } = run;
  const secrets = store.runNeighbours.secretNames(rootOf(store, run));
  const host = run.isolated === 1 ? 'process' : run.infrastructure;
  return [
    ...executor(store, run),
    ['Runs in', HOSTS[host] ?? host],
    ['Flow file', run.entry === 'default' ? run.path : `${run.path}, ${run.entry}`],
    ['Working directory', dirname(run.path)],
    ['Code', run.codeHash ?? 'as it lay on disk'],
    ...known('Flow version', run.version),
    ...known('Run directory', folderOf(store, run)),
    ...known('Secrets', names(secrets.map((name) => `${name}=***`))),
    ...known('Tags', names(run.tags)),
    ...known('Occupies', amounts(options.occupies ?? {})),
    ...known('Limits of the flow', amounts(options.concurrencyLimits)),
    ...known('Time limit', options.timeoutMs === null ? null : formatDuration(options.timeoutMs)),
    ...known('Retries', options.retries === 0 ? null : String(options.retries)),
    ...usageOf(tasks),
  ];
}

/** While somebody executes it; afterwards it belongs to nobody. */
function executor(store: Store, run: FlowRunRow): Fact[] {
  const process = run.ownerId === null ? null : store.runNeighbours.process(run.ownerId);
  if (process === null) return [];
  const who = process.role === 'server' ? 'the server' : 'weir run';
  return [['Executed by', `${who} on ${process.host}, process ${process.pid}, Weir ${process.version}`]];
}

/** Of shell tasks, which are sampled: the highest of all, and the sum. */
function usageOf(tasks: readonly TaskOutline[]): Fact[] {
  const sampled = tasks.filter((task) => task.peakMemory !== null);
  if (sampled.length === 0) return [];
  const peak = sampled.reduce((most, task) => Math.max(most, task.peakMemory ?? 0), 0);
  const cpu = sampled.reduce((sum, task) => sum + (task.cpuMs ?? 0), 0);
  return [
    ['Peak memory of a task', formatBytes(peak)],
    ['CPU time of its commands', formatDuration(cpu)],
  ];
}

/** What a run got of secrets stands with the run at the root. */
function rootOf(store: Store, run: FlowRunRow): number {
  let at = run;
  for (let depth = 0; depth < DEEPEST && at.parentRunId !== null; depth++) {
    const parent = store.flowRuns.byId(at.parentRunId);
    if (parent === null) break;
    at = parent;
  }
  return at.id;
}

/** null: the run keeps nothing in it. */
function folderOf(store: Store, { id }: FlowRunRow): string | null {
  const folder = store.runFolder(id);
  return existsSync(folder) ? folder : null;
}

function known(name: string, value: string | null): Fact[] {
  return value === null || value === '' ? [] : [[name, value]];
}

function names(list: readonly string[]): string {
  const more = list.length > MOST_NAMES ? ` and ${list.length - MOST_NAMES} more` : '';
  return `${list.slice(0, MOST_NAMES).join(', ')}${more}`;
}

function amounts(limits: Readonly<Record<string, number>>): string {
  return names(Object.entries(limits).map(([name, amount]) => `${name} ${amount}`));
}
