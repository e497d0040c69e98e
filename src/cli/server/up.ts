/**
 * `weir up`: scheduler, queue, worker pool and page in one process; deploys the flows in the given folders and follows
 * their changes. `weir server start` is the same without folders.
 */
import { existsSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { version } from '../../assets.ts';
import { createCatalog } from '../../engine/deploy/catalog.ts';
import { refuseMissing, refuseOther } from '../../engine/deploy/flow-files.ts';
import { createFollower, type Follower } from '../../engine/deploy/follow-files.ts';
import { type Engine, startEngine } from '../../engine/engine.ts';
import { createServer, type Server } from '../../engine/server.ts';
import { executorOf } from '../../engine/verbs/executor.ts';
import { EXIT } from '../../model/errors.ts';
import { sayChanges } from '../deployments/deploy-lines.ts';
import { passOn, say } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { RUNNER_ARGV, SPAWNER_ARGV } from '../roles.ts';
import { sayFault, settingsOf } from '../session.ts';
import { settingLines } from '../settings/setting-text.ts';

interface UpFlags extends GlobalFlags {
  readonly host?: string;
  readonly port?: string;
  readonly limit?: string;
  readonly follow?: boolean;
}

export async function up([paths]: [string[]], flags: UpFlags): Promise<number> {
  const roots = (paths.length === 0 ? ['.'] : paths).map((path) => rootOf(resolve(path)));
  return serve(roots, flags);
}

/** `weir server start`: as `up`, but deploys nothing. */
export async function startDeployedOnly(_: [], flags: UpFlags): Promise<number> {
  return serve([], { ...flags, follow: false });
}

async function serve(roots: readonly string[], flags: UpFlags): Promise<number> {
  const settings = settingsOf(flags);
  const engine = await startEngine({
    db: settings.db,
    keyFile: settings.keyFile,
    role: 'server',
    spawnerArgv: SPAWNER_ARGV,
    runnerArgv: RUNNER_ARGV,
    slots: settings.limit,
    onFault: sayFault,
    onLoadOutput: passOn,
  });
  const { startHttpServer } = await import('../../http/server.ts');
  const closers: (() => Promise<void> | void)[] = [() => engine.stop('stopped')];
  try {
    const server = createServer(engine, sayFault);
    const http = await startHttpServer({
      engine,
      scheduler: server.scheduler,
      executor: executorOf(engine),
      host: settings.host,
      port: settings.port,
      version,
      places: settings.limit,
      settings: settingLines(flags),
    });
    closers.push(() => http.stop());
    await engine.store.writer.write(() => engine.store.processes.setUrl(engine.processId, http.url));
    const follower = await deployFrom(roots, flags.follow !== false, engine, server);
    closers.push(() => follower?.stop());
    // Before the first run is claimed: a signal that nobody minds would end it without draining.
    const signals = mindSignals();
    // At once means that commands deaf to SIGTERM are not waited for.
    signals.again.addEventListener('abort', () => void engine.commands.stop());
    server.start();
    closers.push(() => server.stop());
    if (flags.follow !== false) follower?.follow();
    say(`${http.url} shows what runs; ${settings.db} keeps it; Ctrl-C ends`);
    return await untilTold(engine, server, settings.drainMs, signals);
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}

/** Deploys what lies below the roots, once; gives what follows their changes. */
async function deployFrom(
  roots: readonly string[],
  follows: boolean,
  engine: Engine,
  server: Server,
): Promise<Follower | null> {
  if (roots.length === 0) return null;
  const { store } = engine;
  let isFirst = true;
  let found = 0;
  const follower = createFollower({
    roots,
    takesUnchanged: follows,
    catalog: createCatalog(engine, server.scheduler.answerDue),
    deployedPaths: () => [...store.deployments.all(), ...store.brokenFiles.all()].map(({ path }) => path),
    onChange(changes) {
      found += changes.length;
      sayChanges(engine, changes, isFirst);
      if (!isFirst) server.scheduler.nudge();
      engine.dispatcher.nudge();
    },
    onUnreadable: (folder) => say(`${folder} cannot be read: what was deployed from it stays as it is`),
    onFault: sayFault,
  });
  await follower.look();
  isFirst = false;
  if (found === 0) say('no flow was found to deploy; make one with weir init');
  return follower;
}

/** A folder, or a file that can hold a flow. */
function rootOf(path: string): string {
  if (!existsSync(path)) refuseMissing(path);
  return statSync(path).isFile() ? refuseOther(path) : path;
}

interface Signals {
  readonly first: Promise<NodeJS.Signals>;
  /** Aborted by the second. */
  readonly again: AbortSignal;
}

function mindSignals(): Signals {
  const again = new AbortController();
  const first = new Promise<NodeJS.Signals>((resolve) => {
    let asked = false;
    const onSignal = (received: NodeJS.Signals) => {
      if (asked) again.abort();
      asked = true;
      resolve(received);
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onSignal);
  });
  return { first, again: again.signal };
}

/** SIGTERM drains; a second signal, or Ctrl-C twice, ends at once. What is interrupted awaits its resume. */
async function untilTold(engine: Engine, server: Server, drainMs: number, signals: Signals): Promise<number> {
  const signal = await signals.first;
  await server.drain(drainMs, signals.again, (running) =>
    say(
      `${signal}: waiting up to ${drainMs / 1000} s for ${running} ${running === 1 ? 'run' : 'runs'}; once more ends at once`,
    ),
  );
  const left = engine.dispatcher.executions.length;
  const rest = left === 0 ? '' : `; ${left === 1 ? '1 run goes' : `${left} runs go`} on when a server starts again`;
  say(`${signal}: the server ends${rest}`);
  return signal === 'SIGTERM' ? EXIT.ok : 128 + constants.signals[signal];
}
