/** A task that writes 200 MB of lines, against `cat` of the same to a file; with what it makes the processes grow by. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { executable } from '../support/prepare.mjs';
import { inFolder, type Row, sideBySide, timeCommand } from './measure.ts';

const MEGABYTES = 200;
const flow = (file: string) => `import { flow, sh } from 'weir';
export default flow({ name: 'logs' }, async () => { await sh\`cat ${file}\`; });
`;
const LINE = 'a line of output, sixty-four bytes with its end, as many logs are';
const WRITE = `: > nothing; yes '${LINE}' | head -c ${MEGABYTES}000000 > lines || true`;

export async function logs(): Promise<Row> {
  return inFolder({ 'flow.ts': flow('lines'), 'quiet.ts': flow('nothing') }, async (folder) => {
    timeCommand('sh', ['-c', WRITE], { cwd: folder });
    let count = 0;
    const db = () => join(folder, `${count++}.db`);
    const quiet = await peaksOf(folder, 'quiet.ts', db());
    let growth = 0;
    const run = async () => {
      const startedAt = performance.now();
      const peaks = await peaksOf(folder, 'flow.ts', db());
      growth = Math.max(growth, ...peaks.map((peak, place) => peak - (quiet[place] ?? 0)));
      return performance.now() - startedAt;
    };
    const copy = () => timeCommand('sh', ['-c', 'cat lines > copy'], { cwd: folder });
    const { first, second } = await sideBySide(run, copy, 5);
    const rate = (ms: number) => `${Math.round((MEGABYTES / ms) * 1000)} MB/s`;
    return {
      figure: `${rate(first)}, grows ${Math.round(growth / 1e6)} MB`,
      reference: `cat to a file ${rate(second)}`,
      ratio: first / second,
      goal: '>= 50 MB/s, <= 64 MB',
    };
  });
}

/** Resident memory at its peak, bytes, of each process of a run, in the order of their start. */
async function peaksOf(folder: string, file: string, db: string): Promise<number[]> {
  const env = { ...process.env, WEIR_DB: db };
  const child = spawn(executable, ['run', file, '--quiet'], { cwd: folder, env, stdio: 'ignore' });
  const peaks = new Map<number, number>();
  const timer = setInterval(() => {
    for (const [pid, bytes] of residentMemory()) peaks.set(pid, Math.max(bytes, peaks.get(pid) ?? 0));
  }, 10);
  const [code] = await once(child, 'exit');
  clearInterval(timer);
  if (code !== 0) throw new Error(`weir run ${file} ended with ${code}`);
  return [...peaks].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
}

function residentMemory(): [number, number][] {
  return readdirSync('/proc').flatMap((name): [number, number][] => {
    try {
      if (!/^\d+$/.test(name) || readlinkSync(`/proc/${name}/exe`) !== executable) return [];
      const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${name}/status`, 'latin1'))?.[1];
      return kilobytes === undefined ? [] : [[Number(name), Number(kilobytes) * 1024]];
    } catch {
      return [];
    }
  });
}
