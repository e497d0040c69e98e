/**
 * What can begin before the database is open: a host boots, the helper for shell commands is started. Both take some
 * milliseconds, and neither needs the file; that commands are started is said in it as soon as it can be.
 */
import { join } from 'node:path';
import { cacheFolder, runnerScript } from '../../assets.ts';
import type { OwnStreams } from '../../model/command.ts';
import type { HostKind, RunnerSources } from '../../model/message.ts';
import { type Commands, createCommands } from '../../pool/commands.ts';
import { createPool, type Pool } from '../../pool/pool.ts';
import { createProcessHost } from '../../pool/process.ts';
import { createSharedHosts } from '../../pool/shared.ts';
import { createSharedThread } from '../../pool/shared-thread.ts';
import { createThreadHost } from '../../pool/thread.ts';
import { lockFolder } from '../../store/database.ts';
import type { EngineOptions } from '../engine.ts';
import { randomId } from '../random-id.ts';
import { markOf } from './recovery.ts';

/** Given to the engine, which becomes its owner. */
export interface EarlyPool {
  readonly pool: Pool;
  readonly commands: Commands;
  readonly bootId: string;
  /** It starts commands, or is about to: its row in the database has to say so before the first one. */
  readonly isSpawning: () => boolean;
  /** `isMarked`: its row says so already. `database`: commands find it in their environment, so that `weir` inside a task means the same file. */
  onFirstCommand(mark: () => Promise<void>, options: { readonly isMarked: boolean; readonly database: string }): void;
}

export function createEarlyPool(
  options: Pick<
    EngineOptions,
    'db' | 'role' | 'spawnerArgv' | 'runnerArgv' | 'memoryMb' | 'onFault' | 'onLoadOutput' | 'makeInlineRunner'
  >,
  streams?: OwnStreams,
): EarlyPool {
  const bootId = randomId();
  let announce: (() => Promise<void>) | null = null;
  let announced: Promise<void> | null = null;
  let isSpawning = false;
  // Node obeys it in every thread that has it in its environment: only the commands of flows may have it.
  const { NODE_OPTIONS: nodeOptions } = process.env;
  delete process.env.NODE_OPTIONS;
  let variables: Readonly<Record<string, string>> = nodeOptions === undefined ? {} : { NODE_OPTIONS: nodeOptions };
  /** A host may begin before the file is open: then it is said as soon as it can be. */
  async function sayThatItSpawns(): Promise<void> {
    isSpawning = true;
    if (announce === null) return;
    announced ??= announce();
    await announced;
  }
  const plain = createCommands({ argv: options.spawnerArgv, env: process.env, streams, variables: () => variables });
  const commands: Commands = {
    ...plain,
    warm() {
      isSpawning = true;
      plain.warm();
    },
    async run(command, handlers) {
      // Committed before the first command starts, or a crash would leave survivors that nobody looks for.
      await sayThatItSpawns();
      return plain.run(command, handlers);
    },
  };
  const own = { database: options.db, lockFolder: lockFolder(options.db) };
  const sources = readWhenAsked(own);
  const onSpawning = () => void sayThatItSpawns().catch(options.onFault ?? (() => {}));
  const { memoryMb = null } = options;
  let lastHost = 0;
  const makeHost = (kind: HostKind) => {
    // Different for each host, and not the beginning of another's.
    const hostMark = `${markOf(bootId)}:host${++lastHost}.`;
    if (kind === 'thread') return createThreadHost(sources, hostMark, memoryMb);
    onSpawning();
    return createProcessHost(options.runnerArgv, hostMark, { own, memoryMb });
  };
  const { makeInlineRunner } = options;
  const makeShared = () =>
    makeInlineRunner === undefined || options.role === 'server'
      ? createSharedThread(sources, markOf(bootId))
      : makeInlineRunner(sources);
  const pool = createPool({
    makeHost,
    shared: createSharedHosts(makeShared, markOf(bootId)),
    commands,
    mark: markOf(bootId),
    keepSpare: options.role === 'server',
    onSpawning,
    onFault: options.onFault ?? (() => {}),
    onLoadOutput: options.onLoadOutput ?? ((data) => void process.stderr.write(data)),
  });
  return {
    pool,
    commands,
    bootId,
    isSpawning: () => isSpawning,
    onFirstCommand(mark, { isMarked, database }) {
      announce = mark;
      if (isMarked) announced = Promise.resolve();
      else if (isSpawning) onSpawning();
      variables = { ...variables, WEIR_DB: database };
    },
  };
}

/** A flow of YAML needs no thread, and then none of these scripts. */
function readWhenAsked(own: RunnerSources['own']): RunnerSources {
  return {
    get runner() {
      return runnerScript('runner');
    },
    get zod() {
      return runnerScript('zod');
    },
    get yaml() {
      return runnerScript('yaml');
    },
    get compileCache() {
      return join(cacheFolder(), 'compiled');
    },
    own,
    sharesStdout: true,
  };
}
