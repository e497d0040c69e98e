/** GET /api/events: one stream for a whole browser that carries only numbers of runs; pages then fetch themselves. */
import type { Context } from 'hono';
import { WeirError } from '../../model/errors.ts';
import type { Live } from '../live.ts';
import type { ApiParts } from './parts.ts';
import { type Route, route } from './route.ts';

const MOST_STREAMS = 100;
const HEARTBEAT_MS = 15_000;
/** A reader this far behind is gone, or will come back and see the page as it is. */
const MOST_UNREAD = 1000;
const HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };

export function eventRoutes({ live }: Pick<ApiParts, 'live'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/events',
      tag: 'status',
      summary: 'What changes, as server-sent events: numbers of runs, without end',
      description:
        'Each event holds `{ "run", "flow", "log" }`: the run that changed (null: something else than a run), and whether only lines of its log came. Comments keep the stream alive; it ends when the server stops.',
      answers: { 200: { description: 'a stream that goes on', content: { 'text/event-stream': { type: 'string' } } } },
      refuses: ['conflict'],
      handle: (_, c) => openStream(live, c),
    }),
  ];
}

/** Numbers events over all streams. */
let lastId = 0;

function openStream(live: Live, c: Context): Response {
  // Nobody would read the stream that a GET gets, and so nobody would end it.
  if (c.req.method === 'HEAD') return new Response(null, { headers: HEADERS });
  if (live.listeners >= MOST_STREAMS)
    throw new WeirError('conflict', `${MOST_STREAMS} event streams are open already`, { hint: 'close some pages' });
  let close = () => {};
  let release = () => {};
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const encoder = new TextEncoder();
        const send = (text: string) => {
          if ((controller.desiredSize ?? 0) < -MOST_UNREAD) return close();
          controller.enqueue(encoder.encode(text));
        };
        const unsubscribe = live.subscribe({
          change: (change) => send(`id: ${++lastId}\ndata: ${JSON.stringify(change)}\n\n`),
          end: () => close(),
        });
        const heartbeat = setInterval(() => send(':\n\n'), HEARTBEAT_MS);
        heartbeat.unref();
        let isOpen = true;
        release = () => {
          isOpen = false;
          clearInterval(heartbeat);
          unsubscribe();
        };
        close = () => {
          if (!isOpen) return;
          release();
          controller.close();
        };
        c.req.raw.signal.addEventListener('abort', () => close());
        send('retry: 2000\n\n');
      },
      // Cancelled by the reader it is closed already.
      cancel: () => release(),
    },
    { highWaterMark: 1 },
  );
  return new Response(stream, { headers: HEADERS });
}
