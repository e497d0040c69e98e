/** GET /feed.atom: the runs that failed last, for feed readers and everything that understands them (RFC 4287). */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Context, Hono } from 'hono';
import type { PlainError } from '../../model/plain-error.ts';
import type { FailedRun } from '../../store/run-signals.ts';
import type { Store } from '../../store/store.ts';
import { runPage } from '../../web/address.ts';
import { xmlText } from './badge.ts';

const MOST = 50;
const LONGEST_TEXT = 2000;

export function bindFeed(app: Hono, { store, now }: { store: Store; now: () => number }): void {
  // The same run of the same file has the same id wherever the feed is read from; a retry that fails is news.
  const idOf = (...parts: readonly (string | number)[]) => uuid([hostname(), store.path, ...parts].join('\0'));
  let beganAt: number | null = null;

  app.get('/feed.atom', (c) => {
    const runs = store.runSignals.failed(MOST);
    beganAt ??= now();
    const origin = new URL(c.req.url).origin;
    const newest = Math.max(...runs.map(endOf), runs.length === 0 ? beganAt : 0);
    const text = [
      '<?xml version="1.0" encoding="utf-8"?>',
      '<feed xmlns="http://www.w3.org/2005/Atom">',
      `<id>${idOf('feed')}</id>`,
      '<title>Weir: failed runs</title>',
      `<updated>${new Date(newest).toISOString()}</updated>`,
      '<author><name>Weir</name></author>',
      `<link rel="self" type="application/atom+xml" href="${xmlText(`${origin}/feed.atom`)}"/>`,
      `<link rel="alternate" type="text/html" href="${xmlText(`${origin}/runs?q=state%3Afailed`)}"/>`,
      ...runs.map((run) => entry(run, origin, idOf('run', run.id, run.attempt))),
      '</feed>',
      '',
    ].join('\n');
    return send(c, text);
  });
}

function entry(run: FailedRun, origin: string, id: string): string {
  const { id: runId, flow, name, message, error, attempt } = run;
  const fault = error === null ? message : errorText(JSON.parse(error) as PlainError);
  const at = new Date(endOf(run)).toISOString();
  const url = xmlText(origin + runPage(runId));
  return [
    '<entry>',
    `<id>${id}</id>`,
    `<title>${xmlText(`${flow}, run ${runId}: ${name}${attempt > 1 ? `, attempt ${attempt}` : ''}`)}</title>`,
    `<updated>${at}</updated>`,
    `<link rel="alternate" type="text/html" href="${url}"/>`,
    `<content type="text">${xmlText((fault ?? name).slice(0, LONGEST_TEXT))}</content>`,
    '</entry>',
  ].join('\n');
}

function errorText({ name, message }: PlainError): string {
  return `${name}: ${message}`;
}

function endOf({ endAt, stateAt }: FailedRun): number {
  return endAt ?? stateAt;
}

function send(c: Context, text: string): Response {
  const tag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
  const headers = {
    'content-type': 'application/atom+xml; charset=utf-8',
    'cache-control': 'no-cache, private',
    etag: tag,
  };
  if (c.req.header('if-none-match') === tag) return new Response(null, { status: 304, headers });
  return new Response(text, { headers });
}

/** A UUID of our own making (version 8) out of what is hashed. */
function uuid(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
