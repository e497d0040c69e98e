/** The thread host: a worker thread with its own environment. Stops at once, also in an endless loop. */
import { Worker } from 'node:worker_threads';
import { threadErrorInWords, threadExitInWords } from '../model/host-end.ts';
import type { FromRunner, RunnerSources } from '../model/message.ts';
import { START_RUNNER } from '../model/runner-scripts.ts';
import type { Host, HostExit } from './host.ts';
import { hostEnvironment } from './host-environment.ts';
import { takeOutput } from './host-output.ts';

/** `memoryMb`: heap of the flow's thread; null: Node's own measure. */
export function createThreadHost(sources: RunnerSources, mark: string, memoryMb: number | null = null): Host {
  const worker = new Worker(START_RUNNER, {
    eval: true,
    env: hostEnvironment(mark),
    ...(memoryMb === null ? {} : { resourceLimits: { maxOldGenerationSizeMb: memoryMb } }),
    workerData: { role: 'runner', ...sources },
    stdout: true,
    stderr: true,
  });
  let handleExit: (exit: HostExit) => void = () => {};
  let stopped = false;
  let reason: string | null = null;
  worker.on('error', (error) => {
    reason = threadErrorInWords(error);
  });
  worker.on('exit', (code) => {
    if (stopped) return;
    stopped = true;
    handleExit({ reason: reason ?? threadExitInWords(code), isCrash: false });
  });

  return {
    mark,
    post: (message) => worker.postMessage(message),
    onMessage: (handler) => worker.on('message', (message: FromRunner) => handler(message)),
    onOutput: takeOutput(worker),
    onExit(handler) {
      handleExit = handler;
    },
    async stop() {
      stopped = true;
      await worker.terminate();
    },
  };
}
