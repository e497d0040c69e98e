/**
 * Hosts for runs that hold no code of the user's: all on one runner, in a thread of its own or in this one. A host here
 * costs a number; it is gone at once when it is stopped, because nothing in it can keep the thread.
 */
import type { FromRunner, FromShared, ToShared } from '../model/message.ts';
import type { Host, HostExit } from './host.ts';

/** The runner that they share, wherever it runs. */
export interface SharedRunnerHost {
  post(message: ToShared): void;
  onMessage(handler: (message: FromShared) => void): void;
  /** It is gone although nobody stopped it. */
  onExit(handler: (reason: string) => void): void;
  stop(): Promise<void>;
}

export interface SharedHosts {
  /** A fresh host; the runner is started with the first one. */
  make(): Host;
  /** Starts the runner ahead of its first host. */
  warm(): void;
  stop(): Promise<void>;
}

interface Listener {
  message: (message: FromRunner) => void;
  exit: (exit: HostExit) => void;
}

export function createSharedHosts(makeRunner: () => SharedRunnerHost, mark: string): SharedHosts {
  const hosts = new Map<number, Listener>();
  let runner: SharedRunnerHost | null = null;
  let last = 0;

  function begin(): SharedRunnerHost {
    const begun = makeRunner();
    begun.onMessage(({ host, message }) => hosts.get(host)?.message(message));
    begun.onExit((reason) => {
      if (runner === begun) runner = null;
      const lost = [...hosts.values()];
      hosts.clear();
      for (const each of lost) each.exit({ reason, isCrash: true, hadCompany: lost.length > 1 });
    });
    return begun;
  }

  function running(): SharedRunnerHost {
    runner ??= begin();
    return runner;
  }

  return {
    warm: () => void running(),
    make() {
      const host = ++last;
      const serving = running();
      const listener: Listener = { message: () => {}, exit: () => {} };
      hosts.set(host, listener);
      return {
        mark,
        post(message) {
          if (hosts.has(host)) serving.post({ host, message });
        },
        onMessage(handler) {
          const former = listener.message;
          listener.message = (message) => {
            former(message);
            handler(message);
          };
        },
        // Nothing is printed by what holds no code.
        onOutput: () => {},
        onExit(handler) {
          listener.exit = handler;
        },
        async stop() {
          if (hosts.delete(host)) serving.post({ host, message: { kind: 'close' } });
        },
      };
    },
    async stop() {
      hosts.clear();
      await runner?.stop();
      runner = null;
    },
  };
}
