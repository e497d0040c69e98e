/**
 * The runner that flows of YAML share, in this thread: for a command that executes one run, the start of another thread
 * would cost more than all the rest. Never for a server, whose main thread answers requests.
 */
import type { FromShared, RunnerSources, ToShared } from '../model/message.ts';
import { toPlainError } from '../model/plain-error.ts';
import type { SharedRunnerHost } from '../pool/shared.ts';

export function createInlineRunner(sources: RunnerSources): SharedRunnerHost {
  let handle: (message: FromShared) => void = () => {};
  let handleExit: (reason: string) => void = () => {};
  let stopped = false;
  // Messages take a turn each way, as between threads: nobody is called back from inside of his own call.
  const post = (message: FromShared) => setImmediate(() => stopped || handle(message));
  const serving = import('../runner/shared.ts').then(async ({ serveShared }) =>
    serveShared(sources, async () => (await import('../runner/yaml/module.ts')).yamlModule, post),
  );
  serving.catch((error: unknown) => handleExit(toPlainError(error).message));
  return {
    post: (message: ToShared) =>
      void serving.then(
        ({ take }) => stopped || take(message),
        () => {},
      ),
    onMessage(handler) {
      handle = handler;
    },
    onExit(handler) {
      handleExit = handler;
    },
    async stop() {
      stopped = true;
    },
  };
}
