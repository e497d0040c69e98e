/** What a flow run executes in: how messages travel and how to end it is all that differs between kinds. */
import type { FromRunner, ToRunner } from '../model/message.ts';

/** Why a host ended although nobody stopped it, in words. */
export interface HostExit {
  readonly reason: string;
}

export interface Host {
  post(message: ToRunner): void;
  onMessage(handler: (message: FromRunner) => void): void;
  /** Called once, when the host is gone without `stop` having been called. */
  onExit(handler: (exit: HostExit) => void): void;
  /** Ends it, whatever its code does. May be called twice. */
  stop(): Promise<void>;
}

/** Makes a fresh host; one host serves one run and is never used again. */
export type HostMaker = () => Host;
