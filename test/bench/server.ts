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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
