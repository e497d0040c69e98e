/**
 * The process host: a child process of the same executable in its runner role, a group of its own. Whatever its code
 * does (aborts, segmentation faults, memory without end) ends this child and nothing else.
 * It dies with this process, whose channel it holds.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { processDeathInWords } from '../model/host-end.ts';
import type { FromRunner, FromRunnerProcess, OwnPaths, ToRunner, ToRunnerProcess } from '../model/message.ts';
import type { Host, HostExit } from './host.ts';
import { hostEnvironment } from './host-environment.ts';
import { takeOutput } from './host-output.ts';

/** How long a dead child's last messages and words may take to arrive. */
const LAST_WORDS_MS = 1000;
const LAST_WORDS_LENGTH = 4000;

export interface ProcessHostOptions {
  readonly own: OwnPaths;
  /** Heap of the flow's thread, MB; null: Node's own measure. */
  readonly memoryMb: number | null;
}

/** `argv` starts the child: node or the executable, in its runner role. */
export function createProcessHost(argv: readonly string[], mark: string, { own, memoryMb }: ProcessHostOptions): Host {
  const [program = '', ...args] = argv;
  // The child itself must not be found when what its code has started is ended.
  const codeMark = `${mark}code.`;
  const child = spawn(program, args, {
    // Its commands find this executable by the name that it was called by (runner/shell/own-folder.ts).
    argv0: process.argv0,
    env: hostEnvironment(mark),
    // A group of its own: Ctrl-C is this process's affair, and what it starts can be ended with it.
    detached: true,
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  }) as ChildProcess & { readonly stdout: Readable; readonly stderr: Readable };
  let handleMessage: (message: FromRunner) => void = () => {};
  let handleExit: (exit: HostExit) => void = () => {};
  let stopped = false;
  let told: string | null = null;
  let lastWords = '';

  const gone = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      // Without a pid it never began; other errors of a living child are followed by its exit.
      if (child.pid !== undefined) return;
      resolve();
      exit({ reason: `its process could not be started: ${error.message}`, isCrash: false });
    });
    child.once('exit', (code, signal) => {
      resolve();
      void lastMessages(child).then(() =>
        exit(
          told === null
            ? { reason: processDeathInWords(code, signal, lastWords), isCrash: true }
            : { reason: told, isCrash: false },
        ),
      );
    });
  });
  child.on('message', (message: FromRunnerProcess) => {
    if (message.kind === 'thread-exited') told = message.reason;
    else handleMessage(message);
  });
  child.stderr.on('data', (data: Buffer) => {
    lastWords = (lastWords + data.toString('latin1')).slice(-LAST_WORDS_LENGTH);
  });

  function exit(why: HostExit): void {
    if (stopped) return;
    stopped = true;
    handleExit(why);
  }

  function post(message: ToRunner | ToRunnerProcess): void {
    // A child that has just died is noticed by its exit.
    if (child.connected) child.send(message, () => {});
  }
  post({ kind: 'boot', own, memoryMb, mark: codeMark });
  return {
    mark: codeMark,
    post,
    onMessage(handler) {
      handleMessage = handler;
    },
    onOutput: takeOutput(child),
    onExit(handler) {
      handleExit = handler;
    },
    async stop() {
      stopped = true;
      if (child.pid === undefined) return;
      killGroup(child.pid);
      await gone;
    },
  };
}

/** The exit of a child can be told before its last messages: both the channel and the streams are read to their end. */
async function lastMessages(child: ChildProcess): Promise<void> {
  const ends = [once(child, 'close'), ...(child.connected ? [once(child, 'disconnect')] : [])];
  let timer: ReturnType<typeof setTimeout> | undefined;
  // What it started may hold its streams open for ever.
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LAST_WORDS_MS);
  });
  await Promise.race([Promise.all(ends), patience]);
  clearTimeout(timer);
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // gone already
  }
}
