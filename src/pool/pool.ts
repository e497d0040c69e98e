/**
 * Hosts for runs, and one spare that is booted ahead: a fresh host for every run, without the wait.
 * Also asks hosts to describe flow files, so that user code is never loaded on the main thread.
 */

import { WeirError } from '../model/errors.ts';
import type { FlowDescription } from '../model/message.ts';
import { fromPlainError } from '../model/plain-error.ts';
import type { Commands } from './commands.ts';
import { type Execution, execute } from './execution.ts';
import type { Host, HostMaker } from './host.ts';
import type { Assignment, Source } from './source.ts';

export interface Pool {
  /** Boots the spare host; what follows need not wait for it. */
  warm(): void;
  /**
   * What the flows of a file are. With `keep` the host, which has the file loaded now, serves the next run of that file.
   * @throws WeirError `invalid-flow`
   */
  describe(path: string, options?: { keep?: boolean }): Promise<readonly FlowDescription[]>;
  execute(assignment: Assignment, source: Source): Execution;
  stop(): Promise<void>;
}

export interface PoolParts {
  readonly makeHost: HostMaker;
  readonly commands: Commands;
  readonly mark: string;
  /** Keep a spare booted at all times (a server), or only when warmed (one run). */
  readonly keepSpare: boolean;
  readonly onFault: (error: unknown) => void;
}

/** Loading a file runs its top level, which can loop for ever. */
const DESCRIBE_TIMEOUT_MS = 30_000;

export function createPool({ makeHost, commands, mark, keepSpare, onFault }: PoolParts): Pool {
  let spare: Host | null = null;
  let kept: { readonly path: string; readonly codeHash: string | undefined; readonly host: Host } | null = null;
  let stopped = false;

  function freshHost(): Host {
    const host = spare ?? makeHost();
    spare = null;
    if (keepSpare && !stopped) setImmediate(warm);
    return host;
  }

  function warm(): void {
    if (!stopped) spare ??= makeHost();
  }

  return {
    warm,

    async describe(path, { keep = false } = {}) {
      const host = freshHost();
      let timer: ReturnType<typeof setTimeout> | undefined;
      try {
        const flows = await new Promise<readonly FlowDescription[]>((resolve, reject) => {
          host.onMessage((message) => {
            if (message.kind === 'described') resolve(message.flows);
            else if (message.kind === 'undescribable') reject(fromPlainError(message.error));
          });
          host.onExit(({ reason }) =>
            reject(new WeirError('invalid-flow', `${path} ended its host while it was loaded: ${reason}`)),
          );
          const late = () =>
            reject(
              new WeirError('invalid-flow', `${path} was not loaded within ${DESCRIBE_TIMEOUT_MS / 1000} s`, {
                hint: 'move slow work from the top level of the file into a task',
              }),
            );
          timer = setTimeout(late, DESCRIBE_TIMEOUT_MS);
          host.post({ kind: 'describe', path });
        });
        if (keep) kept = { path, codeHash: flows[0]?.codeHash, host };
        else void host.stop();
        return flows;
      } catch (error) {
        void host.stop();
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },

    execute(assignment, source) {
      const { start } = assignment;
      let host: Host;
      // What it has loaded must be what the run is to be driven with.
      if (kept?.path === start.path && (start.code === null || start.codeHash === kept.codeHash)) {
        host = kept.host;
        kept = null;
      } else {
        host = freshHost();
      }
      return execute({ assignment, host, source, commands, mark, onFault });
    },

    async stop() {
      stopped = true;
      await Promise.all([spare?.stop(), kept?.host.stop(), commands.stop()]);
      spare = null;
      kept = null;
    },
  };
}
