/** The thread host: a worker thread with its own environment. Stops at once, also in an endless loop. */
import { Worker } from 'node:worker_threads';
import type { FromRunner, RunnerSources } from '../model/message.ts';
import type { Host, HostExit } from './host.ts';

/** The database's place is nobody's business in there: a second opening could drop this process's locks on it. */
const HIDDEN_VARIABLES = ['WEIR_DB', 'WEIR_API_TOKEN'];

export function createThreadHost(sources: RunnerSources): Host {
  const env = { ...process.env };
  for (const name of HIDDEN_VARIABLES) delete env[name];
  const worker = new Worker(sources.runnerSource, {
    eval: true,
    env,
    workerData: { role: 'runner', ...sources },
    stdout: true,
    stderr: true,
  });
  // What is written past the capture (before a run starts, by native code) must not mix with results on stdout.
  worker.stdout.pipe(process.stderr, { end: false });
  worker.stderr.pipe(process.stderr, { end: false });

  let handleExit: (exit: HostExit) => void = () => {};
  let stopped = false;
  let reason: string | null = null;
  worker.on('error', (error) => {
    reason = inWords(error);
  });
  worker.on('exit', (code) => {
    if (stopped) return;
    stopped = true;
    handleExit({ reason: reason ?? `the flow's code ended its thread by process.exit(${code})` });
  });

  return {
    post: (message) => worker.postMessage(message),
    onMessage: (handler) => worker.on('message', (message: FromRunner) => handler(message)),
    onExit(handler) {
      handleExit = handler;
    },
    async stop() {
      stopped = true;
      await worker.terminate();
    },
  };
}

function inWords(error: unknown): string {
  const { code, message, name } = error as { code?: string; message: string; name: string };
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return 'out of memory: the flow needed more than its thread may have';
  return `${name}: ${message}`;
}
