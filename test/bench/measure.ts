/** What the rows share: medians, timed commands in a fresh folder, interleaved with their reference. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executable, node } from '../support/prepare.mjs';

export interface Row {
  readonly figure: string;
  readonly reference: string;
  readonly ratio: number;
  readonly goal: string;
}

const ROUNDS = 7;

/** Medians, ms, of two things measured turn by turn, so that both see the same machine. */
export async function sideBySide(
  first: () => Promise<number> | number,
  second: () => Promise<number> | number,
  rounds = ROUNDS,
) {
  const firsts: number[] = [];
  const seconds: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const a = await first();
    const b = await second();
    // The first round warms the caches of the machine.
    if (round > 0) firsts.push(a) && seconds.push(b);
  }
  return { first: median(firsts), second: median(seconds) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Wall time of a command, ms. */
export function timeCommand(
  command: string,
  args: readonly string[],
  options: { cwd?: string; db?: string } = {},
): number {
  const startedAt = performance.now();
  const env = { ...process.env, ...(options.db === undefined ? {} : { WEIR_DB: options.db }) };
  const { status, stderr } = spawnSync(command, args, { cwd: options.cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${stderr}`);
  return performance.now() - startedAt;
}

export const timeNode = (): number => timeCommand(node, ['-e', '0']);
export const timeWeir = (args: readonly string[], options: { cwd?: string; db?: string } = {}): number =>
  timeCommand(executable, args, options);

/** The run's own time in RUNNING, ms, and its task count: what a flow took without the process around it. */
export function runFlow(folder: string, flow: string): { ms: number; tasks: number; result: unknown } {
  const db = join(folder, `weir-${performance.now()}.db`);
  const env = { ...process.env, WEIR_DB: db };
  const { status, stdout, stderr } = spawnSync(executable, ['run', flow, '--json', '--quiet'], {
    cwd: folder,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  if (status !== 0) throw new Error(`weir run ${flow} failed: ${stderr}`);
  const run = JSON.parse(stdout) as { total_run_time_ms: number; tasks: unknown[]; result: unknown };
  return { ms: run.total_run_time_ms, tasks: run.tasks.length, result: run.result };
}

/** A temporary folder with files, removed afterwards. */
export async function inFolder<T>(
  files: Readonly<Record<string, string>>,
  work: (folder: string) => Promise<T> | T,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-bench-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function ms(value: number): string {
  return `${value.toFixed(value < 100 ? 1 : 0)} ms`;
}
