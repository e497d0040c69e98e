/** GET /api/events: one stream for a whole browser that carries only numbers of runs; pages then fetch themselves. */
import type { Hono } from 'hono';
import { WeirError } from '../../model/errors.ts';
import type { Live } from '../live.ts';

const MOST_STREAMS = 100;
const HEARTBEAT_MS = 15_000;
/** A reader this far behind is gone, or will come back and see the page as it is. */
const MOST_UNREAD = 1000;
const HEADERS = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };

export function bindEvents(app: Hono, { live }: { live: Live }): void {
  let id = 0;

  app.get('/api/events', (c) => {
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
            change: (change) => send(`id: ${++id}\ndata: ${JSON.stringify(change)}\n\n`),
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
  });
}
