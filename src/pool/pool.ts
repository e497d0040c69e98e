/**
 * Hosts for runs, and one spare that is booted ahead: a fresh host for every run, without the wait.
 * Also asks hosts to describe flow files, so that user code is never loaded on the main thread.
 */
import { readFileSync } from 'node:fs';
import type { DeploymentWish } from '../model/deployment-wish.ts';
import { WeirError } from '../model/errors.ts';
import type { FlowDescription } from '../model/flow-description.ts';
import { isYamlFile } from '../model/flow-file.ts';
import type { HostKind } from '../model/message.ts';
import { fromPlainError } from '../model/plain-error.ts';
import type { DueHook, RunStart } from '../model/run-start.ts';
import type { Commands } from './commands.ts';
import { type Execution, execute } from './execution.ts';
import type { Host } from './host.ts';
import { endHost } from './host-ending.ts';
import type { SharedHosts } from './shared.ts';
import type { Assignment, Source } from './source.ts';
import { LOAD_LIMIT_MS } from './time-watch.ts';

export interface Pool {
  /** Boots the spare host; what follows need not wait for it. */
  warm(): void;
  /**
   * What the flows of a file are. With `keep` the host, which has the file loaded now, serves the next run of that file
   * that wants a host of its kind. `code`: a version that is kept, instead of what lies on the disk.
   * @throws WeirError `invalid-flow`
   */
  describe(path: string, options?: DescribeOptions): Promise<readonly FlowDescription[]>;
  /** With `hooks`, only these of the run are run. */
  execute(assignment: Assignment, source: Source, hooks?: readonly DueHook[]): Execution;
  stop(): Promise<void>;
}

export interface DescribeOptions {
  readonly keep?: boolean;
  readonly infrastructure?: HostKind;
  readonly code?: Uint8Array;
  /** Is told the deployments that the file declares; it need hold no flow then. */
  readonly onWishes?: (wishes: readonly DeploymentWish[]) => void;
}

export interface PoolParts {
  /** Makes a fresh host; one host serves one run and is never used again. */
  readonly makeHost: (kind: HostKind) => Host;
  /** Hosts for runs that hold no code of the user's. */
  readonly shared: SharedHosts;
  readonly commands: Commands;
  readonly mark: string;
  /** Keep a spare thread booted at all times (a server), or only when warmed (one run). */
  readonly keepSpare: boolean;
  /** User code starts processes by itself: a later process must look for what this one leaves. */
  readonly onSpawning: () => void;
  readonly onFault: (error: unknown) => void;
  /** What a file prints while it is loaded to be described: no run has it in its log. */
  readonly onLoadOutput: (data: Uint8Array) => void;
}

/** A host that has described a file, and so has it loaded. */
interface Kept {
  readonly path: string;
  readonly codeHash: string | undefined;
  readonly kind: HostKind | 'shared';
  readonly host: Host;
}

export function createPool(parts: PoolParts): Pool {
  const { makeHost, shared, commands, mark, keepSpare, onSpawning, onFault, onLoadOutput } = parts;
  let spare: Host | null = null;
  let kept: Kept | null = null;
  let stopped = false;

  /** A child process has no spare: each holds 50 MB, and who wants one does not count milliseconds. */
  function freshHost(kind: HostKind | 'shared'): Host {
    if (kind === 'shared') return shared.make();
    if (kind === 'process') return makeHost(kind);
    const host = spare ?? makeHost(kind);
    spare = null;
    if (keepSpare && !stopped) setImmediate(warm);
    return host;
  }

  function warm(): void {
    if (!stopped) spare ??= makeHost('thread');
  }

  /** The host that has loaded already what the run is to be driven with, if it is of the kind. */
  function keptHost({ path, code, codeHash }: RunStart, kind: HostKind | 'shared'): Host | null {
    if (kept?.path !== path || (code !== null && codeHash !== kept.codeHash)) return null;
    const { host, kind: keptKind } = kept;
    kept = null;
    if (keptKind === kind) return host;
    void host.stop();
    return null;
  }

  return {
    warm,

    async describe(path, { keep = false, infrastructure = 'thread', code, onWishes } = {}) {
      const kind = isYamlFile(path) && infrastructure === 'thread' ? 'shared' : infrastructure;
      const host = freshHost(kind);
      host.onOutput((_stream, data) => void onLoadOutput(data));
      let hasSpawned = false;
      let timer: ReturnType<typeof setTimeout> | undefined;
      try {
        const flows = await new Promise<readonly FlowDescription[]>((resolve, reject) => {
          host.onMessage((message) => {
            if (message.kind === 'described') {
              onWishes?.(message.wishes);
              resolve(message.flows);
            } else if (message.kind === 'undescribable') reject(fromPlainError(message.error));
            else if (message.kind === 'spawning') {
              hasSpawned = true;
              onSpawning();
            }
          });
          host.onExit(({ reason }) =>
            reject(new WeirError('invalid-flow', `${path} ended its host while it was loaded: ${reason}`)),
          );
          const late = () =>
            reject(
              new WeirError('invalid-flow', `${path} was not loaded within ${LOAD_LIMIT_MS / 1000} s`, {
                hint: 'move slow work from the top level of the file into a task',
              }),
            );
          timer = setTimeout(late, LOAD_LIMIT_MS);
          const mayHoldNone = onWishes !== undefined;
          host.post({ kind: 'describe', path, mayHoldNone, ...(code === undefined ? {} : { code }) });
        });
        if (keep) kept = { path, codeHash: flows[0]?.codeHash, kind, host };
        else void endHost(host, commands, hasSpawned);
        return flows;
      } catch (error) {
        void endHost(host, commands, hasSpawned);
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },

    execute(assignment, source, hooks) {
      const { start } = assignment;
      const kind = kindFor(assignment);
      const host = keptHost(start, kind) ?? freshHost(kind);
      const only = hooks === undefined ? {} : { hooks };
      return execute({ assignment, host, source, commands, mark, onSpawning, onFault, ...only });
    },

    async stop() {
      stopped = true;
      await Promise.all([spare?.stop(), kept?.host.stop(), shared.stop(), commands.stop()]);
      spare = null;
      kept = null;
    },
  };
}

/** A thread of its own is for code of the user's. What the file has become since it was described counts as well. */
function kindFor({ infrastructure, sharesThread, start: { path, code } }: Assignment): HostKind | 'shared' {
  if (infrastructure !== 'thread' || !sharesThread) return infrastructure;
  return code === null && mayCallScripts(path) ? 'thread' : 'shared';
}

function mayCallScripts(path: string): boolean {
  try {
    return CALLS_SCRIPT.test(readFileSync(path, 'utf8'));
  } catch {
    // Whoever loads it will say why it cannot be read.
    return false;
  }
}

/** `flow: train.ts`, however it is quoted. */
const CALLS_SCRIPT = /^[^#\n]*\bflow["']?\s*:\s*["']?[^\s"'#]+\.[cm]?[jt]s\b/m;
