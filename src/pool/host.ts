/** What a flow run executes in: how messages travel and how to end it is all that differs between kinds. */
import type { FromRunner, ToRunner } from '../model/message.ts';

/** Why a host ended although nobody stopped it. */
export interface HostExit {
  /** In words. */
  readonly reason: string;
  /** Its process died in a way that no code can ask for politely (a signal, an abort): a crash, not a failure. */
  readonly isCrash: boolean;
  /** Others died with it, so nobody knows whose fault it was. */
  readonly hadCompany?: boolean;
}

export interface Host {
  /** Begins WEIR_MARK of every process that code in it starts by itself. */
  readonly mark: string;
  post(message: ToRunner): void;
  onMessage(handler: (message: FromRunner) => void): void;
  /**
   * What is written past the capture: by native code, by `fs.writeSync(1)`, by children that inherit the streams.
   * The promise gives it the right to send more. Without a handler it goes to this process's standard error.
   */
  onOutput(handler: (stream: 'stdout' | 'stderr', data: Uint8Array) => Promise<void> | undefined): void;
  /** Called once, when the host is gone without `stop` having been called. */
  onExit(handler: (exit: HostExit) => void): void;
  /** Ends it, whatever its code does; resolves when it is gone, and keeps trying until then. May be called twice. */
  stop(): Promise<void>;
}
