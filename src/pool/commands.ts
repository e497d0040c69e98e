/**
 * Runs shell commands through the spawner, the helper process that owns them: started at first use, started again
 * when it has died. Output is asked for as it is taken in, so a flood fills nobody's memory.
 */
import { availableParallelism } from 'node:os';
import type { Command, CommandEnd, LogPiece, OutputStream, OwnStreams } from '../model/command.ts';
import type { DrawnProgress } from '../model/drawn-progress.ts';
import { WeirError } from '../model/errors.ts';
import { Helper, HelperLost, STOP_GRACE_MS } from './spawner-client.ts';

export interface CommandHandlers {
  onStarted?(pid: number): void;
  /** Called in order as output arrives; the promise gives it back the right to send as much again. */
  onOutput?(stream: OutputStream, data: Uint8Array): void | Promise<void>;
  /** The same for a command with `output: 'log'`: whole lines. */
  onLines?(piece: LogPiece): void | Promise<void>;
  /** What a progress bar of such a command shows. */
  onProgress?(progress: DrawnProgress): unknown;
  /** Ends the command's tree; `run` then still resolves, with `wasAsked`. */
  readonly signal?: AbortSignal;
  /** Ends it without any grace. */
  readonly killSignal?: AbortSignal;
}

export interface Commands {
  /** Starts the spawner ahead, so that the first command need not wait for it. */
  warm(): void;
  /**
   * Runs one command to the end of its whole tree. Rejects when it cannot be started, when a handler fails, and with
   * 'host-lost' when the spawner dies.
   */
  run(command: Command, handlers: CommandHandlers): Promise<CommandEnd>;
  /** Ends every process of this machine whose WEIR_MARK begins with `mark`; resolves to their number. */
  sweep(mark: string, graceMs: number): Promise<number>;
  /** Something that was asked for is not over. */
  isBusy(): boolean;
  /** Ends what runs, then the spawner. */
  stop(): Promise<void>;
}

/**
 * Spawning is most of what a spawner does, and it waits meanwhile. Two start more commands than one where there are cores
 * for them: on two, the owner and one spawner keep both busy, and a second makes a thousand commands 6 % slower. Four are
 * no better than two anywhere. A start of its own takes as long as fifty commands, so it must be worth it.
 */
const CORES_FOR_SECOND = 4;
const CROWD = 2;
const CROWDS_BEFORE_SECOND = 16;
/** A second one that nobody needs any more is ended: it holds 75 MB. */
const IDLE_MS = 10_000;

/**
 * The commands of this process. `argv` starts the spawner: node or the executable, in its third role. `streams`: those that
 * are logged have the streams of this process, too, which is there for one command. `variables`: what commands have besides their own, which win. `most`: spawners at once.
 */
export function createCommands(spawner: {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly streams?: OwnStreams | undefined;
  readonly variables?: () => Readonly<Record<string, string>>;
  readonly most?: 1 | 2;
}): Commands {
  const most = spawner.most ?? (availableParallelism() < CORES_FOR_SECOND ? 1 : 2);
  let first: Helper | undefined;
  let second: Helper | undefined;
  let crowds = 0;
  let idleTimer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let stopping: Promise<void> | undefined;
  let lastId = 0;

  function living(): Helper {
    if (isStopped) throw new WeirError('host-lost', 'No command can be started any more: Weir is stopping.');
    const forget = (lost: Helper) => {
      if (first === lost) first = undefined;
    };
    first ??= new Helper(spawner.argv, spawner.env, forget, spawner.streams !== undefined);
    return first;
  }

  /** The one that will start a command soonest. */
  function soonest(): Helper {
    const one = living();
    if (most > 1 && one.starting >= CROWD && second === undefined && ++crowds >= CROWDS_BEFORE_SECOND) startSecond();
    if (second?.isReady !== true || second.starting >= one.starting) return one;
    idleTimer?.refresh();
    return second;
  }

  function startSecond(): void {
    crowds = 0;
    const forget = (lost: Helper) => {
      if (second === lost) second = undefined;
      clearInterval(idleTimer);
    };
    const helper = new Helper(spawner.argv, spawner.env, forget, spawner.streams !== undefined);
    second = helper;
    // An answer to something that takes no time tells that it is there.
    void helper.ask((id) => ({ kind: 'sweep', id, mark: '', graceMs: 0 }), ++lastId).catch(() => {});
    idleTimer = setInterval(() => {
      if (second !== helper || helper.isBusy) return;
      second = undefined;
      clearInterval(idleTimer);
      void helper.stop();
    }, IDLE_MS).unref();
  }

  function streamsOf({ output }: Command): Pick<Command, 'streams'> {
    return spawner.streams === undefined || output !== 'log' ? {} : { streams: spawner.streams };
  }

  /** What a dead spawner has left behind must be gone before anybody is told to try again. */
  async function afterLoss(error: WeirError, mark: string): Promise<never> {
    if (!isStopped)
      await living()
        .ask((id) => ({ kind: 'sweep', id, mark, graceMs: STOP_GRACE_MS }), ++lastId)
        .catch(() => {});
    throw error;
  }

  return {
    warm() {
      if (!isStopped) living();
    },
    async run(command, handlers) {
      handlers.signal?.throwIfAborted();
      const id = ++lastId;
      // Different for each command, and not the beginning of another's.
      const mark = `${command.env.WEIR_MARK ?? 'weir'}#${process.pid}.${id}.`;
      const env = { ...spawner.variables?.(), ...command.env, WEIR_MARK: mark };
      const marked = { ...command, env, ...streamsOf(command) };
      try {
        return await soonest().run(id, marked, handlers);
      } catch (error) {
        if (error instanceof HelperLost) return await afterLoss(error.error, mark);
        throw error;
      }
    },
    async sweep(mark, graceMs) {
      try {
        return await living().ask((id) => ({ kind: 'sweep', id, mark, graceMs }), ++lastId);
      } catch (error) {
        throw error instanceof HelperLost ? error.error : error;
      }
    },
    isBusy: () => first?.isBusy === true || second?.isBusy === true,
    stop() {
      isStopped = true;
      clearInterval(idleTimer);
      stopping ??= Promise.all([first?.stop(), second?.stop()]).then(() => {});
      return stopping;
    },
  };
}
