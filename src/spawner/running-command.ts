/**
 * One command from its spawn to its end: its output within the owner's credit, its end once the leader has exited,
 * its tree is gone and its pipes are drained.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { type Command, type CommandEnd, CREDIT_BYTES, type LogPiece, type OutputStream } from '../model/command.ts';
import type { DrawnProgress } from '../model/drawn-progress.ts';
import type { Children } from './children.ts';
import type { Endings } from './ending.ts';
import { OutputLog } from './output-log.ts';
import { type CommandInput, OwnOutput, openInput } from './own-streams.ts';
import type { Pipe, PipePool } from './pipes.ts';
import { RawStream } from './raw-stream.ts';
import { type Refusal, refusalOf } from './refusal.ts';
import type { Tree } from './tree.ts';

/** What the sampler has seen of a tree. */
export interface Usage {
  peakMemory: number | null;
  cpuMs: number | null;
}

export interface CommandListener {
  /** Of one that lives longer than a moment. */
  onStarted(pid: number): void;
  /** Of a command with `output: 'raw'`. The bytes are the listener's only until it returns. */
  onOutput(stream: OutputStream, data: Uint8Array): void;
  /** The other two: of a command with `output: 'log'`. */
  onPiece(piece: LogPiece): void;
  onProgress(progress: DrawnProgress): void;
  onEnded(end: CommandEnd): void;
  onRefused(refusal: Refusal): void;
}

interface ExitStatus {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** What a command writes in its first moment is read then, or at its end: most commands need no reader of their own. */
const MOMENT_MS = 20;
/** Once the tree is gone, a pipe without news for this long is held by somebody who cannot be found. */
const QUIET_MS = 100;
/** Looks at a pipe that waits for credit, before an owner that asked for the end is taken for gone. */
const PATIENCE = 100;
/** A pipe holds no more than this once nobody writes. */
const LEFT_IN_PIPE = CREDIT_BYTES + 128 * 1024;

/** What all commands share. */
export interface Services {
  readonly endings: Endings;
  readonly pipes: PipePool;
  readonly children: Children;
}

export class RunningCommand {
  readonly startedAt: number;
  readonly usage: Usage = { peakMemory: null, cpuMs: null };
  /** Undefined until the program runs. */
  tree: Tree | undefined;
  readonly #endings: Endings;
  readonly #listener: CommandListener;
  readonly #graceMs: number;
  readonly #readers = new Set<Readable>();
  readonly #readerOf = new Map<OutputStream, Readable>();
  /** Pipes that nobody reads yet. */
  readonly #unread = new Map<OutputStream, Pipe>();
  #moment: NodeJS.Timeout | undefined;
  readonly #output: OutputLog | RawStream;
  /** The owner's output, where the command has it. */
  readonly #own: OwnOutput | null;
  #received = 0;
  #exit: ExitStatus | undefined;
  #survivors: number | undefined;
  #wasAsked = false;
  /** Before its leader ended by itself. */
  #wasAskedInTime = false;
  #isOver = false;

  constructor(
    command: Command,
    mark: string,
    services: Services & { readonly now: number },
    listener: CommandListener,
  ) {
    this.startedAt = services.now;
    this.#endings = services.endings;
    this.#listener = listener;
    this.#graceMs = command.graceMs;
    this.#output = command.output === 'log' ? new OutputLog(listener) : new RawStream(listener);
    this.#own =
      command.streams === undefined
        ? null
        : new OwnOutput(command.streams, {
            onRoom: () => this.#resume(),
            // Nobody reads it any more: the command is told so, as by a pipe of its own.
            onLost: (stream) => this.#readerOf.get(stream)?.destroy(),
          });
    this.#spawn(command, mark, services);
  }

  /** The owner has taken in `bytes`. */
  credit(bytes: number): void {
    this.#output.credit(bytes);
    this.#resume();
  }

  #resume(): void {
    if (!this.#isFull) for (const reader of this.#readers) reader.resume();
  }

  get #isFull(): boolean {
    return this.#output.isFull || this.#own?.isFull === true;
  }

  /** Ends the whole tree. */
  end(graceMs: number): void {
    this.#wasAsked = true;
    if (this.#exit === undefined) this.#wasAskedInTime = true;
    if (this.tree === undefined) return;
    if (this.#survivors !== undefined) this.#own?.hurry();
    else this.#endings.end(this.tree, graceMs, (survivors) => this.#treeGone(survivors));
  }

  #spawn(command: Command, mark: string, { pipes: pool, children }: Services): void {
    const isMerged = command.stderr === 'merged';
    const out = pool.take((data) => this.#take('stdout', data));
    const err = isMerged ? out : pool.take((data) => this.#take('stderr', data));
    const pipes = [...new Set([out, err])].filter((pipe) => pipe !== undefined);
    const env = command.env.WEIR_MARK === mark ? command.env : { ...command.env, WEIR_MARK: mark };
    const onExit = (exitCode: number | null, signal: string | null) => this.#exited(exitCode, signal);
    let child: ChildProcess | undefined;
    let input: CommandInput | undefined;
    try {
      const isUsual = command.streams === undefined && out !== undefined && err !== undefined;
      let pid = isUsual ? children.start(command, env, out.childEnd, err.childEnd, onExit) : null;
      if (pid === null) {
        // Only without FIFOs: a socket cannot be given twice, so a shell doubles it.
        const needsWrapper = isMerged && out === undefined;
        const argv = needsWrapper ? ['/bin/sh', '-c', 'exec "$@" 2>&1', 'sh', ...command.argv] : command.argv;
        input = openInput(command.streams);
        child = spawn(argv[0] ?? '', argv.slice(1), {
          cwd: command.cwd,
          env,
          detached: true,
          stdio: [input.fd, out?.childEnd ?? 'pipe', err?.childEnd ?? 'pipe'],
        });
        child.once('error', (error) => {
          if (child?.pid === undefined) this.#refuse(command, error);
        });
        child.once('exit', onExit);
        pid = child.pid ?? null;
      }
      if (pid === null) {
        for (const pipe of pipes) pipe.discard();
        return;
      }
      const leader = pid;
      this.tree = { leader, mark, startedAt: this.startedAt, members: new Map(), ownsGroup: true };
      this.#endings.begun(this.tree);
      if (out !== undefined) this.#unread.set('stdout', out);
      else if (child?.stdout) this.#read(child.stdout, 'stdout', true);
      if (err !== undefined && err !== out) this.#unread.set('stderr', err);
      else if (child?.stderr) this.#read(child.stderr, 'stderr', true);
      // Somebody looks at what it writes.
      if (this.#own !== null) this.#readOn();
      this.#moment = setTimeout(() => {
        this.#listener.onStarted(leader);
        this.#readOn();
      }, MOMENT_MS);
    } catch (error) {
      for (const pipe of pipes) pipe.discard();
      queueMicrotask(() => this.#refuse(command, error));
    } finally {
      input?.close();
      // Else the pipe would never end.
      for (const pipe of pipes) pipe.closeChildEnd();
    }
  }

  #refuse(command: Command, error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.onRefused(refusalOf(command, error));
  }

  /** From now on what comes is taken as it comes, from pipes that have not ended yet. */
  #readOn(): void {
    for (const [stream, pipe] of this.#unread) {
      this.#unread.delete(stream);
      if (!pipe.readNow()) this.#read(pipe.read(), stream, false);
    }
  }

  #read(reader: Readable, stream: OutputStream, hasToBeAsked: boolean): void {
    this.#readers.add(reader);
    this.#readerOf.set(stream, reader);
    if (hasToBeAsked) reader.on('data', (data: Buffer) => void this.#take(stream, data));
    else if (this.#isFull) reader.pause();
    // A reading error is an end of the stream like any other; `close` follows.
    reader.on('error', () => {});
    reader.once('close', () => {
      this.#readers.delete(reader);
      this.#finish();
    });
  }

  /** False when nothing more may be read for now, from any stream. */
  #take(stream: OutputStream, data: Buffer): boolean {
    if (this.#isOver) return true;
    this.#received += data.length;
    this.#own?.take(stream, data);
    this.#output.take(stream, data);
    if (!this.#isFull) return true;
    for (const each of this.#readers) each.pause();
    return false;
  }

  #exited(exitCode: number | null, signal: string | null): void {
    this.#exit = { exitCode, signal };
    clearTimeout(this.#moment);
    this.#readOn();
    if (this.tree !== undefined && this.#survivors === undefined) {
      this.#endings.exited(this.tree, this.#graceMs, (survivors) => this.#treeGone(survivors));
    }
  }

  #treeGone(survivors: number): void {
    this.#survivors = survivors;
    if (this.#wasAsked) this.#own?.hurry();
    if (this.#readers.size > 0) this.#drain(this.#received, this.#received, PATIENCE);
    this.#finish();
  }

  /** Leaves a pipe that has gone quiet, that never ends, or whose owner takes nothing more. */
  #drain(atFirst: number, before: number, patience: number): void {
    setTimeout(() => {
      // What came in meanwhile is handed out before this.
      setImmediate(() => {
        if (this.#isOver || this.#readers.size === 0) return;
        const isWaiting = this.#isFull;
        const isQuiet = !isWaiting && this.#received === before;
        const isEndless = this.#received - atFirst > LEFT_IN_PIPE;
        const isLost = isWaiting && this.#wasAsked && patience === 0;
        if (isQuiet || isEndless || isLost) for (const reader of this.#readers) reader.destroy();
        else this.#drain(atFirst, this.#received, this.#received === before ? Math.max(0, patience - 1) : PATIENCE);
      });
    }, QUIET_MS);
  }

  #finish(): void {
    if (this.#isOver || this.#exit === undefined || this.#survivors === undefined || this.#readers.size > 0) return;
    this.#isOver = true;
    const tell = () => this.#tellEnd(this.#exit as ExitStatus, this.#survivors ?? 0);
    // The owner may go when it is told the end: what is meant for its output is there before.
    this.#output.end(this.#own === null ? tell : () => this.#own?.end(tell));
  }

  #tellEnd(exit: ExitStatus, survivors: number): void {
    const { stdout } = this.#output;
    this.#listener.onEnded({
      ...exit,
      ...this.usage,
      ...(stdout === undefined ? {} : { stdout }),
      ...(this.#wasAskedInTime ? { wasAsked: true } : {}),
      ...(survivors > 0 ? { survivors } : {}),
    });
  }
}
