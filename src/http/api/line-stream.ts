/** Lines as an answer that grows: as fast as the reader takes them, and until there are no more to come. */
import type { Context } from 'hono';
import { WeirError } from '../../model/errors.ts';

export interface LineSource<Line> {
  /** Lines that were not given before. */
  readonly read: () => Iterable<Line>;
  /** Only the last of those that are there at the beginning; null: all. */
  readonly tail: number | null;
  readonly write: (line: Line) => string;
  readonly type: string;
  /** Asked before a look: when nothing comes any more, that look gives the last lines. */
  readonly isOver: () => boolean;
}

const LOOK_EVERY_MS = 200;
const LINES_AT_ONCE = 500;
const MOST_STREAMS = 100;

let open = 0;

/** @throws WeirError `too-many-requests` */
export function streamLines<Line>(c: Context, source: LineSource<Line>): Response {
  if (open >= MOST_STREAMS)
    throw new WeirError('too-many-requests', `${MOST_STREAMS} logs and events are being read already`, {
      hint: 'close some of them',
    });
  const headers = { 'content-type': source.type, 'cache-control': 'no-store', 'x-accel-buffering': 'no' };
  if (c.req.method === 'HEAD') return new Response(null, { headers });
  open++;
  let isOpen = true;
  let wake = () => {};
  const close = () => {
    if (isOpen) open--;
    isOpen = false;
    wake();
  };
  c.req.raw.signal.addEventListener('abort', close);
  const texts = portions(
    source,
    () => isOpen,
    (resolve) => {
      wake = resolve;
    },
  );
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { value, done } = await texts.next();
          if (!done) return controller.enqueue(encoder.encode(value));
          close();
          controller.close();
        } catch (error) {
          close();
          controller.error(error);
        }
      },
      cancel: close,
    },
    { highWaterMark: 1 },
  );
  return new Response(stream, { headers });
}

async function* portions<Line>(
  { read, tail, write, isOver }: LineSource<Line>,
  isOpen: () => boolean,
  onWait: (wake: () => void) => void,
): AsyncGenerator<string> {
  let isFirst = true;
  while (isOpen()) {
    const isLast = isOver();
    let text = '';
    let lines = 0;
    for (const line of isFirst && tail !== null ? lastLines(read(), tail) : read()) {
      text += `${write(line)}\n`;
      if (++lines % LINES_AT_ONCE !== 0) continue;
      yield text;
      text = '';
    }
    isFirst = false;
    if (text !== '') yield text;
    if (isLast) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LOOK_EVERY_MS);
      timer.unref();
      onWait(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** Of many lines no more are held than twice as many as are wanted. */
export function lastLines<T>(lines: Iterable<T>, most: number): T[] {
  let kept: T[] = [];
  for (const line of most === 0 ? [] : lines) {
    kept.push(line);
    if (kept.length > most * 2 + LINES_AT_ONCE) kept = kept.slice(-most);
  }
  return most === 0 ? [] : kept.slice(-most);
}
