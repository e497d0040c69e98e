/**
 * The owner's side of one spawner process: passes commands to it and its answers back, gives credit for output as it is
 * taken in, and tells its death to whoever waits. Which command goes to which spawner is decided in commands.ts.
 */
import { once } from 'node:events';
import type { Command, CommandEnd, FromSpawner, ToSpawner } from '../model/command.ts';
import { WeirError } from '../model/errors.ts';
import { passedOn } from '../spawner/garbage.ts';
import type { CommandHandlers } from './commands.ts';
import { type SpawnerProcess, takeSpawner } from './spawner-process.ts';

/** Grace of commands that still run when everything stops. */
export const STOP_GRACE_MS = 2000;

/** What waits for the answers of one id. */
interface Waiting {
  take(message: FromSpawner): void;
  lose(error: HelperLost): void;
  readonly graceMs?: number;
}

/** Tells the loss of the helper from every other error; whoever runs a command never sees it. */
export class HelperLost {
  readonly error: WeirError;
  constructor(error: WeirError) {
    this.error = error;
  }
}

/** One spawner process from its start to its death. */
export class Helper {
  readonly #child: SpawnerProcess['child'];
  readonly #lastWords: SpawnerProcess['lastWords'];
  readonly #waiting = new Map<number, Waiting>();
  #loss: HelperLost | undefined;
  #isIdle: (() => void) | undefined;
  /** Commands that were asked for and run not yet: spawning is what takes its time. */
  #starting = new Set<number>();
  #isReady = false;

  constructor(
    argv: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
    onLost: (self: Helper) => void,
    hasStreams: boolean,
  ) {
    const { child, lastWords } = takeSpawner(argv, env, hasStreams);
    this.#child = child;
    this.#lastWords = lastWords;
    const lose = (how: string, cause?: unknown) => {
      onLost(this);
      this.#lose(how, cause);
    };
    this.#child.on('message', (message) => this.#take(message as FromSpawner));
    this.#child.once('error', (error) => lose(`could not be started (${error.message})`, error));
    this.#child.once('exit', (code, signal) =>
      lose(signal === null ? `ended with code ${code}` : `was killed by ${signal}`),
    );
    this.#keepAlive();
  }

  get starting(): number {
    return this.#starting.size;
  }

  /** It has answered: what is asked of it now need not wait for its own start. */
  get isReady(): boolean {
    return this.#isReady;
  }

  get isBusy(): boolean {
    return this.#waiting.size > 0;
  }

  run(id: number, command: Command, handlers: CommandHandlers): Promise<CommandEnd> {
    const { signal, killSignal } = handlers;
    const kill = () => this.#post({ kind: 'end', id, graceMs: 0 });
    const abort = () => this.#post({ kind: 'end', id, graceMs: command.graceMs });
    const running = new Promise<CommandEnd>((resolve, reject) => {
      const pending = new Set<Promise<void>>();
      let failure: { readonly error: unknown } | undefined;
      const fail = (error: unknown) => {
        failure ??= { error };
        abort();
      };
      const takeIn = (bytes: number, take: () => void | Promise<void>) => {
        const credit = () => {
          this.#post({ kind: 'credit', id, bytes });
          passedOn(bytes);
        };
        if (failure !== undefined) return credit();
        try {
          const taken = take();
          if (taken === undefined) return credit();
          const settled = taken.catch(fail).then(() => {
            pending.delete(settled);
            credit();
          });
          pending.add(settled);
        } catch (error) {
          fail(error);
          credit();
        }
      };
      this.#wait(id, {
        graceMs: command.graceMs,
        lose: (lost) => reject(lost),
        take(message) {
          switch (message.kind) {
            case 'started':
              try {
                handlers.onStarted?.(message.pid);
              } catch (error) {
                fail(error);
              }
              return;
            case 'output':
              takeIn(message.data.byteLength, () => handlers.onOutput?.(message.stream, message.data));
              return;
            case 'lines':
              takeIn(message.data.byteLength, () => handlers.onLines?.(message));
              return;
            case 'progress':
              void Promise.try(() => handlers.onProgress?.(message)).catch(fail);
              return;
            case 'ended': {
              const { kind: _, id: __, ...end } = message;
              void Promise.all(pending).then(() => (failure === undefined ? resolve(end) : reject(failure.error)));
              return;
            }
            case 'refused':
              reject(refused(message.code, message.sentence));
              return;
            case 'swept':
              return;
          }
        },
      });
      this.#starting.add(id);
      this.#post({ kind: 'start', id, command });
    });
    signal?.addEventListener('abort', abort, { once: true });
    killSignal?.addEventListener('abort', kill, { once: true });
    return running.finally(() => {
      signal?.removeEventListener('abort', abort);
      killSignal?.removeEventListener('abort', kill);
    });
  }

  ask(question: (id: number) => ToSpawner & { kind: 'sweep' }, id: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#wait(id, { take: (message) => message.kind === 'swept' && resolve(message.ended), lose: reject });
      this.#post(question(id));
    });
  }

  async stop(): Promise<void> {
    if (this.#loss !== undefined) return;
    if (this.#waiting.size === 0) {
      // It holds nothing: its own way out would be waited for at the end of every command, and so would its death.
      this.#child.kill('SIGKILL');
      return;
    }
    this.#child.ref();
    const gone = once(this.#child, 'exit');
    for (const [id, { graceMs }] of this.#waiting) {
      if (graceMs !== undefined) this.#post({ kind: 'end', id, graceMs: Math.min(graceMs, STOP_GRACE_MS) });
    }
    await Promise.race([gone, new Promise<void>((resolve) => (this.#isIdle = resolve))]);
    // What was just ended may have left something for it to see to.
    if (this.#child.connected) this.#child.disconnect();
    await gone;
  }

  #wait(id: number, waiting: Waiting): void {
    if (this.#loss !== undefined) {
      waiting.lose(this.#loss);
      return;
    }
    this.#waiting.set(id, waiting);
    this.#keepAlive();
  }

  #take(message: FromSpawner): void {
    this.#isReady = true;
    this.#starting.delete(message.id);
    const waiting = this.#waiting.get(message.id);
    if (message.kind === 'ended' || message.kind === 'refused' || message.kind === 'swept') {
      this.#waiting.delete(message.id);
      this.#keepAlive();
    }
    waiting?.take(message);
    if (this.#waiting.size === 0) this.#isIdle?.();
  }

  #post(message: ToSpawner): void {
    // A helper that has just died is noticed by its exit.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** The process lives as long as something is waited for, and not for an idle helper. */
  #keepAlive(): void {
    const verb = this.#waiting.size > 0 ? 'ref' : 'unref';
    this.#child[verb]();
    this.#child.channel?.[verb]();
  }

  #lose(how: string, cause: unknown): void {
    if (this.#loss !== undefined) return;
    const words = this.#lastWords().trim();
    const sentence = `The helper process that runs shell commands (spawner, pid ${this.#child.pid ?? 'none'}) ${how}.`;
    this.#loss = new HelperLost(
      new WeirError('host-lost', words === '' ? sentence : `${sentence} Its last words: ${words}`, {
        ...(cause === undefined ? {} : { cause }),
      }),
    );
    for (const waiting of this.#waiting.values()) waiting.lose(this.#loss);
    this.#waiting.clear();
  }
}

function refused(code: string, sentence: string): WeirError {
  if (code === 'ENOENT' || code === 'ENOTDIR') return new WeirError('not-found', sentence);
  if (code === 'E2BIG' || code === 'EINVAL') return new WeirError('invalid-value', sentence);
  return new WeirError('file-system', sentence);
}
