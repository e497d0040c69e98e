/** Listens: the app of app.ts on a socket, and the sure end of both. Loaded only by commands that serve. */
import type { Server } from 'node:http';
import { isIPv6 } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Engine } from '../engine/engine.ts';
import type { Scheduler } from '../engine/schedule/scheduler.ts';
import type { Executor } from '../engine/verbs/executor.ts';
import { parseApiToken } from '../model/api-token.ts';
import { WeirError } from '../model/errors.ts';
import type { SettingLine } from '../web/pages/settings.tsx';
import { createApp } from './app.ts';
import { isLoopback } from './guard.ts';

export type { SettingLine };

export interface HttpServerOptions {
  readonly engine: Pick<Engine, 'store' | 'events' | 'now'> & Partial<Pick<Engine, 'kernelBootId'>>;
  readonly scheduler?: Scheduler;
  readonly executor?: Executor;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly version: string;
  /** Without it, the server is refused anywhere but on loopback. */
  readonly token?: string | undefined;
  /** Runs at once. */
  readonly places?: number | undefined;
  /** What it was started with, for its page. */
  readonly settings?: readonly SettingLine[];
  readonly onFault?: (error: unknown) => void;
}

/** Address and headers, in bytes. A larger head is refused before any of ours can say what is wrong with it. */
const LARGEST_HEAD = 256 * 1024;

export interface HttpServer {
  /** Where a browser on this machine finds it. */
  readonly url: string;
  stop(): Promise<void>;
}

/** @throws WeirError `port-in-use`, `not-authorised`, `usage` */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { engine, host, port, version } = options;
  const token = parseApiToken(options.token ?? process.env.WEIR_API_TOKEN ?? '');
  if (!isLoopback(host) && token === '')
    throw new WeirError(
      'not-authorised',
      `--host ${host} can be reached from other machines, and whoever reaches Weir can run code here`,
      { hint: 'set WEIR_API_TOKEN to a long random text, or leave --host out to serve this machine only' },
    );
  const app = createApp({
    store: engine.store,
    kernelBootId: engine.kernelBootId ?? null,
    ...(options.scheduler === undefined ? {} : { scheduler: options.scheduler }),
    ...(options.executor === undefined ? {} : { executor: options.executor }),
    events: engine.events,
    now: engine.now,
    version,
    host,
    token: token === '' ? null : token,
    ...(options.places === undefined ? {} : { places: options.places }),
    settings: options.settings ?? [],
    onFault: options.onFault ?? ((error) => process.stderr.write(`weir: ${describeFault(error)}\n`)),
  });
  const serverOptions = { maxHeaderSize: LARGEST_HEAD };
  const server = createAdaptorServer({ fetch: app.hono.fetch, serverOptions }) as Server;
  await listen(server, host, port);
  const address = server.address();
  const boundPort = typeof address === 'object' && address !== null ? address.port : port;
  let stopped: Promise<void> | null = null;
  return {
    url: `http://${urlHost(host)}:${boundPort}`,
    stop() {
      stopped ??= new Promise((resolve) => {
        server.close(() => resolve());
        app.stop();
        // Browsers keep connections open for minutes; nobody waits for them.
        server.closeAllConnections();
      });
      return stopped;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new WeirError('port-in-use', `port ${port} on ${host} is taken by another program`, {
        hint: `choose another with --port ${port + 1}`,
        cause: error,
      });
    case 'EACCES':
      return new WeirError('port-in-use', `port ${port} on ${host} may not be opened: ${error.message}`, {
        hint: 'ports below 1024 need special rights; choose a higher one with --port',
        cause: error,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new WeirError('usage', `--host ${host} is no address of this machine (${error.message})`, {
        hint: 'leave it out for this machine only, or use 0.0.0.0 for all its addresses',
        cause: error,
      });
    default:
      return error;
  }
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return isIPv6(host) ? `[${host}]` : host;
}

function describeFault(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
