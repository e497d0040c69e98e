/**
 * The lines between this host and the engine: one for its run, one for each attempt of a subflow that goes on in it.
 * The host's event loop is kept alive as long as any of them waits for an answer.
 */
import type { ToRunner } from '../model/message.ts';
import { Channel, type Port } from './channel.ts';

/** The line of the run that a host was started for. */
const MAIN_LINE = 0;

export class Lines {
  readonly #port: Port;
  readonly #open = new Map<number, Channel>();
  readonly #cancels = new Map<number, (reason: string) => void>();

  constructor(port: Port) {
    let holders = 0;
    this.#port = {
      ...port,
      ref: () => void (holders++ === 0 && port.ref()),
      unref: () => void (--holders === 0 && port.unref()),
    };
  }

  /** The line of the run that the host was started for; opened when first asked for. */
  main(): Channel {
    return this.#open.get(MAIN_LINE) ?? this.open(MAIN_LINE);
  }

  open(line: number): Channel {
    const channel = new Channel(this.#port, line);
    this.#open.set(line, channel);
    return channel;
  }

  close(line: number): void {
    this.#open.get(line)?.close();
    this.#open.delete(line);
  }

  /** Who is told when a run is to be cancelled; gives the function that ends it. */
  onCancel(run: number, cancel: (reason: string) => void): () => void {
    this.#cancels.set(run, cancel);
    return () => void this.#cancels.delete(run);
  }

  /** Takes the messages that are for a line or a run; what is for one that has ended is dropped. */
  take(message: ToRunner): void {
    if ('line' in message) this.#open.get(message.line)?.handle(message);
    else if (message.kind === 'cancel') this.#cancels.get(message.run)?.(message.reason);
  }

  flush(): void {
    for (const channel of this.#open.values()) channel.flush();
  }
}
