/**
 * What a log page hears while its run goes on: GET /runs/:id/logs/stream, and the same of a task, as events whose ids are
 * places of the log, so that a reader who comes back gets every line once. And the same as plain text, for browsers
 * without JavaScript: GET /runs/:id/logs?follow=1.
 */
import type { Context, Hono, MiddlewareHandler } from 'hono';
import { WeirError } from '../../../model/errors.ts';
import { taskTitle } from '../../../model/task-title.ts';
import type { Store } from '../../../store/store.ts';
import { createStreamHtml } from '../../../web/log/log-html.ts';
import { LogHead } from '../../../web/pages/log.tsx';
import type { Live } from '../../live.ts';
import { parseNumber } from '../../query.ts';
import type { Pages } from '../../send-page.ts';
import { followLog, leftOutWords } from './follower.ts';
import { LONGEST_LINE, wholeLineIn } from './page.ts';
import { addressIn } from './query.ts';
import { type LogScope, scopeOf } from './scope.ts';
import { TEXT_HEADERS } from './text.ts';

const MOST_STREAMS = 100;
const HEARTBEAT_MS = 15_000;
/** What is sent and not taken yet; beyond it lines wait in the file, not in memory. */
const MOST_UNREAD = 64 * 1024;
const EVENT_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
};

export interface LogStreamsOptions {
  readonly store: Store;
  readonly live: Live;
  readonly pages: Pages;
}

export function bindLogStreams(app: Hono, { store, live, pages }: LogStreamsOptions): void {
  let open = 0;

  function start(
    c: Context,
    headers: Record<string, string>,
    begin: (sink: Sink, scope: LogScope) => Follower,
  ): Response {
    const scope = scopeOf(store, c);
    if ('elsewhere' in scope) return c.redirect(scope.elsewhere, 302);
    // Who asks for the head only reads nothing, and would never leave.
    if (c.req.method === 'HEAD') return new Response(null, { headers });
    if (open >= MOST_STREAMS)
      throw new WeirError('conflict', `${MOST_STREAMS} logs are being followed already`, { hint: 'close some pages' });
    open++;
    const body = openSink(c.req.raw.signal, (sink) => {
      const { ended, ...told } = begin(sink, scope);
      const stop = followLog({
        ...{ store, live, scope, ...told },
        isReady: sink.isReady,
        ended: (isOver) => {
          ended(isOver);
          sink.close();
        },
      });
      return () => {
        open--;
        stop();
      };
    });
    return new Response(body, { headers });
  }

  const events = (c: Context) => {
    const clock = pages.clock(c);
    return start(c, EVENT_HEADERS, (sink, scope) => {
      const html = createStreamHtml({ clock, longest: LONGEST_LINE, wholeLine: wholeLineIn(scope) });
      const heartbeat = setInterval(() => sink.send(':\n\n'), HEARTBEAT_MS);
      heartbeat.unref();
      sink.whenClosed(() => clearInterval(heartbeat));
      sink.send('retry: 1000\n\n');
      return {
        after: lastSeen(c),
        deliver: ({ lines, lastChunkId, leftOut }) => {
          const skipped = leftOut === 0 ? '' : `event: skip\ndata: ${leftOutWords(leftOut, 'reload to see all')}\n\n`;
          return sink.send(`${skipped}id: ${lastChunkId}\ndata: ${lines.map(html.take).join('')}\n\n`);
        },
        changed: (now) => sink.send(`event: head\ndata: ${String(LogHead({ data: headOf(now) }))}\n\n`),
        ended: (isOver) => {
          if (isOver) sink.send('event: over\ndata:\n\n');
        },
      };
    });
  };

  const text: MiddlewareHandler = async (c, next) => {
    if (c.req.query('follow') === undefined) return next();
    return start(c, TEXT_HEADERS, (sink, scope) => ({
      after: 0,
      deliver: ({ lines, leftOut }) =>
        sink.send(
          `${leftOut === 0 ? '' : `[${leftOutWords(leftOut, `${addressIn(scope, {}, '.txt')} has all`)}]\n`}${lines.map((line) => `${line.text}\n`).join('')}`,
        ),
      changed: () => {},
      ended: () => {},
    }));
  };

  app.get('/runs/:id/logs', text);
  app.get('/runs/:id/logs/stream', events);
  app.get('/runs/:id/logs/:task/stream', events);
  app.get('/runs/:id/logs/:task', text);
}

type Follower = Pick<Parameters<typeof followLog>[0], 'after' | 'deliver' | 'changed' | 'ended'>;

/** The header comes from a browser that connects again by itself, and is newer than the address. */
function lastSeen(c: Context): number {
  const header = c.req.header('last-event-id') ?? '';
  return /^\d{1,15}$/.test(header)
    ? Number(header)
    : parseNumber('after', c.req.query('after'), 0, Number.MAX_SAFE_INTEGER, 0);
}

export function headOf({ run, task, attempt }: LogScope) {
  return {
    runId: run.id,
    flow: run.flow,
    state: (task ?? run).state.name,
    task: task === null ? null : { id: task.id, title: taskTitle(task), attempts: task.attempt },
    attempt,
  };
}

interface Sink {
  /** Gives how many bytes that was. */
  send(text: string): number;
  isReady(): boolean;
  close(): void;
  whenClosed(then: () => void): void;
}

/** A body that is written to as long as somebody reads it; `begin` gives what ends the writing. */
function openSink(signal: AbortSignal, begin: (sink: Sink) => () => void): ReadableStream<Uint8Array<ArrayBuffer>> {
  const ends: (() => void)[] = [];
  let isOpen = true;
  const release = () => {
    if (!isOpen) return false;
    isOpen = false;
    for (const end of ends) end();
    return true;
  };
  return new ReadableStream(
    {
      start(controller) {
        const encoder = new TextEncoder();
        const close = () => {
          if (release()) controller.close();
        };
        signal.addEventListener('abort', close);
        const sink: Sink = {
          send(text) {
            if (!isOpen) return 0;
            const bytes = encoder.encode(text);
            controller.enqueue(bytes);
            return bytes.length;
          },
          isReady: () => (controller.desiredSize ?? 0) > 0,
          close,
          whenClosed: (then) => ends.push(then),
        };
        ends.push(begin(sink));
      },
      cancel: () => {
        release();
      },
    },
    { highWaterMark: MOST_UNREAD, size: (bytes) => bytes.byteLength },
  );
}
