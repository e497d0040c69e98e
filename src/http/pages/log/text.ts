/**
 * GET /runs/:id/logs.txt (.gz), also of a task: a log as it was printed, of any length in bounded memory. With
 * `?follow=1` the page's own address gives text that goes on while the run does, for browsers without JavaScript.
 */
import type { Context, Hono } from 'hono';
import { nextTurn } from '../../../model/next-turn.ts';
import type { Store } from '../../../store/store.ts';
import { logPage } from '../../../web/address.ts';
import { isPicked, parseLogQuery } from './query.ts';
import { createLogReader } from './reader.ts';
import { type LogScope, scopeOf } from './scope.ts';

const PIECE_CHARACTERS = 64 * 1024;

export function bindLogText(app: Hono, { store }: { store: Store }): void {
  const answer = (c: Context) => {
    const scope = scopeOf(store, c);
    if ('elsewhere' in scope) return c.redirect(`${scope.elsewhere}.txt`, 302);
    const { picked } = parseLogQuery(c);
    const isZipped = c.req.path.endsWith('.gz');
    const text = streamOf(linesOf(store, scope, picked));
    const name = logPage(scope.run.id, scope.task?.id, scope.attempt)
      .replace(/^\/runs\//, 'run-')
      .replaceAll('/', '-');
    if (!isZipped) return new Response(text, { headers: TEXT_HEADERS });
    return new Response(text.pipeThrough(new CompressionStream('gzip')), {
      headers: {
        'content-type': 'application/gzip',
        'content-disposition': `attachment; filename="${name}.txt.gz"`,
        'cache-control': 'no-store',
      },
    });
  };
  app.get('/runs/:id/logs.txt', answer);
  app.get('/runs/:id/logs.txt.gz', answer);
  app.get('/runs/:id/logs/:task{[^/]+\\.txt(?:\\.gz)?}', answer);
}

export const TEXT_HEADERS = {
  'content-type': 'text/plain; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; sandbox",
};

function* linesOf(store: Store, scope: LogScope, picked: Parameters<typeof isPicked>[0] | null): Generator<string> {
  const reader = createLogReader(store, scope);
  const from = picked === null ? null : reader.place({ runId: picked.runId, number: picked.first });
  if (picked !== null && from === null) return;
  let piece = '';
  for (const read of reader.forward(from?.chunkId ?? 0)) {
    const { chunk } = read;
    if (picked === null) piece += `${chunk.text}${chunk.fields === null ? '' : ` ${chunk.fields}`}\n`;
    else {
      if (chunk.flowRunId === (picked.runId ?? scope.run.id) && chunk.firstLine > picked.last) break;
      for (const line of reader.lines(read)) if (isPicked(picked, line)) piece += `${line.text}\n`;
    }
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** Read as fast as the reader takes it, a piece a turn of the event loop. */
function streamOf(pieces: Generator<string>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      async pull(controller) {
        await nextTurn();
        const { value, done } = pieces.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      cancel() {
        pieces.return(undefined);
      },
    },
    { highWaterMark: 1 },
  );
}
