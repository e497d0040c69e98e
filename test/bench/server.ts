/** A server that a row measures: `weir up` on a free port, and the wait for its answer. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { executable } from '../support/prepare.mjs';

export interface BenchServer {
  readonly pid: number;
  /** Where it answers. */
  readonly url: string;
  /** It has answered. */
  readonly ready: Promise<void>;
  /** With SIGTERM it lets go of its file in order. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** `weir up` of the flows in `flows`, on the database `db`. */
export async function startServer(flows: string, db: string, flags: readonly string[] = []): Promise<BenchServer> {
  const port = await freePort();
  const env = { ...process.env, WEIR_DB: db };
  const server = spawn(executable, ['up', flows, '--port', String(port), ...flags], { env, stdio: 'ignore' });
  return {
    pid: server.pid ?? 0,
    url: `http://127.0.0.1:${port}`,
    ready: answers(`http://127.0.0.1:${port}/health`, server),
    async end(signal) {
      if (server.exitCode !== null || server.signalCode !== null) return;
      server.kill(signal);
      await once(server, 'exit');
    },
  };
}

async function answers(url: string, server: ChildProcess): Promise<void> {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`weir up ended with code ${server.exitCode}`);
    const response = await fetch(url).catch(() => null);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/**
 * Below those that the kernel gives to whoever connects: else an attempt to reach a server that does not listen yet may be
 * given the very port as its own, and reach itself.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await new Promise((resolve) => {
      server.once('listening', () => resolve(true)).once('error', () => resolve(false));
    });
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
