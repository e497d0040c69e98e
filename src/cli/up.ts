/** `weir up`: scheduler, queue, worker pool and page in one process; deploys the flows in the given folders. */

import { constants } from 'node:os';
import { resolve } from 'node:path';
import { version } from '../assets.ts';
import { type CatalogReport, deployFiles } from '../engine/catalog.ts';
import { type Engine, startEngine } from '../engine/engine.ts';
import { type Server, startServer } from '../engine/server.ts';
import { EXIT } from '../model/errors.ts';
import { say } from './output.ts';
import type { GlobalFlags } from './program.ts';
import { RUNNER_ARGV, SPAWNER_ARGV } from './roles.ts';
import { sayFault, settingsOf } from './session.ts';
import { flowFilesIn } from './target.ts';

interface UpFlags extends GlobalFlags {
  readonly host?: string;
  readonly port?: string;
  readonly limit?: string;
}

export async function up([paths]: [string[]], flags: UpFlags): Promise<number> {
  const settings = settingsOf(flags);
  const files = (paths.length === 0 ? ['.'] : paths).flatMap((path) => flowFilesIn(resolve(path)));
  const engine = await startEngine({
    db: settings.db,
    keyFile: settings.keyFile,
    role: 'server',
    spawnerArgv: SPAWNER_ARGV,
    runnerArgv: RUNNER_ARGV,
    slots: settings.limit,
    onFault: sayFault,
  });
  const { startHttpServer } = await import('../http/server.ts');
  const closers: (() => Promise<void> | void)[] = [() => engine.stop('stopped')];
  try {
    const http = await startHttpServer({ engine, host: settings.host, port: settings.port, version });
    closers.push(() => http.stop());
    await engine.store.writer.write(() => engine.store.processes.setUrl(engine.processId, http.url));
    sayCatalog(engine, await deployFiles(engine, files));
    // Before the first run is claimed: a signal that nobody minds would end it without draining.
    const signals = mindSignals();
    // At once means that commands deaf to SIGTERM are not waited for.
    signals.again.addEventListener('abort', () => void engine.commands.stop());
    const server = startServer(engine, sayFault);
    closers.push(() => server.stop());
    say(`${http.url} shows what runs; ${settings.db} keeps it; Ctrl-C ends`);
    return await untilTold(server, settings.drainMs, signals);
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}

function sayCatalog(engine: Engine, { deployed, broken }: CatalogReport): void {
  for (const { flow, schedules } of deployed) {
    const next = engine.store.deployments
      .all()
      .filter((deployment) => deployment.flow === flow)
      .flatMap((deployment) => engine.store.deployments.schedulesOf(deployment.id))
      .map((schedule) => schedule.nextAt)
      .filter((at) => at !== null)
      .sort((a, b) => a - b)[0];
    const when =
      schedules === 0
        ? 'no schedule'
        : next === undefined
          ? 'never due'
          : `next at ${new Date(next).toLocaleString('sv-SE', { timeZoneName: 'short' })}`;
    say(`deployed ${flow}, ${when}`);
  }
  for (const { error } of broken) {
    say(`broken: ${error.message}`);
    if (error.hint !== undefined) say(`        ${error.hint}`);
  }
  if (deployed.length + broken.length === 0) say('no flow was found to deploy; make one with weir init');
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
async function untilTold(server: Server, drainMs: number, signals: Signals): Promise<number> {
  const signal = await signals.first;
  await server.drain(drainMs, signals.again, (running) =>
    say(
      `${signal}: waiting up to ${drainMs / 1000} s for ${running} ${running === 1 ? 'run' : 'runs'}; once more ends at once`,
    ),
  );
  return signal === 'SIGTERM' ? EXIT.ok : 128 + constants.signals[signal];
}
