/**
 * `weir up` that follows 100 flows while nothing is due, for a minute: what its process holds in memory, and what it takes
 * of a core, with its helper processes. Beside it Node with an HTTP server that nobody asks anything.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { node } from '../support/prepare.mjs';
import { cpuMs } from './cpu.ts';
import { inFolder, type Row } from './measure.ts';
import { startServer } from './server.ts';

const FLOWS = 100;
const LOOK_MS = 3000;
/** It loads every flow once, behind its first answer: how long it may take for that. */
const MOST_LOOKS = 40;
const IDLE_MS = Number(process.env.WEIR_BENCH_IDLE_MS ?? 60_000);
const MIB = 1024 * 1024;

const YAML = 'schedule: "0 3 1 1 *"\ntasks: { step: { run: "true" } }\n';
const CODE = (name: string) =>
  `import { flow } from 'weir';\nexport default flow({ name: '${name}', schedule: '0 3 1 1 *' }, async () => 1);\n`;
const HTTP = "require('node:http').createServer((_, answer) => answer.end('ok')).listen(0, '127.0.0.1')";

export async function idle(): Promise<Row> {
  return inFolder({}, async (folder) => {
    const flows = join(folder, 'flows');
    mkdirSync(flows);
    for (let index = 0; index < FLOWS; index++) {
      const isCode = index % 2 === 0;
      writeFileSync(join(flows, `f${index}.${isCode ? 'ts' : 'yaml'}`), isCode ? CODE(`f${index}`) : YAML);
    }
    const plain = spawn(node, ['-e', HTTP], { stdio: 'ignore' });
    const server = await startServer(flows, join(folder, 'weir.db'));
    try {
      await server.ready;
      await settled(server.pid);
      const before = { server: cpuWithChildren(server.pid), plain: cpuMs(plain.pid ?? 0) };
      await sleep(IDLE_MS);
      const cpu = (cpuWithChildren(server.pid) - before.server) / IDLE_MS;
      const plainCpu = (cpuMs(plain.pid ?? 0) - before.plain) / IDLE_MS;
      const [held, plainHeld] = [residentOf(server.pid), residentOf(plain.pid ?? 0)];
      return {
        figure: `${Math.round(held / MIB)} MiB, ${(cpu * 100).toFixed(2)} % of a core`,
        reference: `${Math.round(plainHeld / MIB)} MiB, ${(plainCpu * 100).toFixed(2)} %`,
        ratio: held / plainHeld,
        goal: '<= 1.6 times; <= 0.3 %',
      };
    } finally {
      await server.end('SIGTERM');
      await ended(plain);
    }
  });
}

/** Resolves when it has taken next to nothing of a core for two looks on end. */
async function settled(pid: number): Promise<void> {
  for (let look = 0, calm = 0; look < MOST_LOOKS && calm < 2; look++) {
    const before = cpuWithChildren(pid);
    await sleep(LOOK_MS);
    calm = cpuWithChildren(pid) - before < LOOK_MS / 150 ? calm + 1 : 0;
  }
}

function residentOf(pid: number): number {
  const [, kib = 'NaN'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}

function cpuWithChildren(pid: number): number {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children].reduce((sum, each) => sum + cpuMs(each), 0);
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
