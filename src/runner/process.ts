/**
 * The child process's own side of a process host: starts the runner in a thread and carries messages between it and
 * the owner. User code stays off this thread, so that the owner's end is noticed whatever that code does.
 */
import { Worker } from 'node:worker_threads';
import { WeirError } from '../model/errors.ts';
import { threadErrorInWords, threadExitInWords } from '../model/host-end.ts';
import type { FromRunner, FromRunnerProcess, RunnerSources, ToRunner, ToRunnerProcess } from '../model/message.ts';
import { START_RUNNER } from '../model/runner-scripts.ts';

/** Serves the owner at the other end of Node's IPC channel, until it is gone. */
export function serveRunnerProcess(sources: Omit<RunnerSources, 'own' | 'sharesStdout'>): void {
  if (process.send === undefined)
    throw new WeirError('internal', 'the runner process is started by Weir, with a channel to its owner');
  // Told to everybody when a terminal or a service manager ends: what that means for the run is the owner's decision.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(name, () => {});
  process.once('disconnect', endGroup);
  process.once('message', ({ own, mark, memoryMb }: ToRunnerProcess) =>
    startRunner({ ...sources, own, sharesStdout: false }, { ...process.env, WEIR_MARK: mark }, memoryMb),
  );
}

function startRunner(sources: RunnerSources, env: NodeJS.ProcessEnv, memoryMb: number | null): void {
  const worker = new Worker(START_RUNNER, {
    eval: true,
    env,
    ...(memoryMb === null ? {} : { resourceLimits: { maxOldGenerationSizeMb: memoryMb } }),
    workerData: { role: 'runner', ...sources },
    stdout: true,
    stderr: true,
  });
  worker.stdout.pipe(process.stdout, { end: false });
  worker.stderr.pipe(process.stderr, { end: false });
  let reason: string | null = null;
  process.on('message', (message: ToRunner) => worker.postMessage(message));
  worker.on('message', (message: FromRunner) => send(message));
  worker.on('error', (error) => {
    reason = threadErrorInWords(error);
  });
  worker.on('exit', (code) =>
    send({ kind: 'thread-exited', reason: reason ?? threadExitInWords(code) }, () => process.exit(0)),
  );
}

function send(message: FromRunnerProcess, done: () => void = () => {}): void {
  if (process.connected) process.send?.(message, undefined, undefined, done);
}

/** The owner is gone: nobody can end this process, or what its code has started in its group, any more. */
function endGroup(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    process.exit(1);
  }
}
