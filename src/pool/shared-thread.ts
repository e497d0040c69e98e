/** The runner that many runs share, in a worker thread of its own. */
import { Worker } from 'node:worker_threads';
import { threadErrorInWords, threadExitInWords } from '../model/host-end.ts';
import type { FromShared, RunnerSources } from '../model/message.ts';
import { START_RUNNER } from '../model/runner-scripts.ts';
import { hostEnvironment } from './host-environment.ts';
import type { SharedRunnerHost } from './shared.ts';

export function createSharedThread(sources: RunnerSources, mark: string): SharedRunnerHost {
  const worker = new Worker(START_RUNNER, {
    eval: true,
    env: hostEnvironment(mark),
    workerData: { role: 'shared-runner', ...sources },
  });
  let handleExit: (reason: string) => void = () => {};
  let reason: string | null = null;
  worker.on('error', (error) => {
    reason = threadErrorInWords(error);
  });
  worker.on('exit', (code) => handleExit(reason ?? threadExitInWords(code)));
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (handler) => worker.on('message', (message: FromShared) => handler(message)),
    onExit(handler) {
      handleExit = handler;
    },
    async stop() {
      handleExit = () => {};
      await worker.terminate();
    },
  };
}
