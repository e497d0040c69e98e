/**
 * GET /runs/:id/artifacts/:key: what a run left, byte for byte. A run may leave anything, so nothing is served as
 * something that a browser would execute: pictures in a sandbox, all else as a download.
 */
import type { Hono } from 'hono';
import { WeirError } from '../../../model/errors.ts';
import type { ArtifactRow } from '../../../store/artifacts.ts';
import type { Store } from '../../../store/store.ts';
import { encodeFileName } from '../../file-name.ts';
import { findRun } from '../../find-run.ts';
import { PICTURES } from './artifacts.ts';

const PLAIN = new Set(['text/markdown', 'text/plain', 'application/json']);

export function bindArtifacts(app: Hono, { store }: { store: Store }): void {
  app.get('/runs/:id/artifacts/:key{[\\s\\S]+}', (c) => {
    const run = findRun(store, c.req.param('id'));
    const key = c.req.param('key');
    const row = store.runArtifacts.byKey(run.id, key);
    if (row === null) throw new WeirError('not-found', `run ${run.id} has no artifact "${key.slice(0, 100)}"`);
    const bytes = row.data ?? store.content.read(row.contentHash ?? '', `artifact "${row.key}" of run ${run.id}`);
    return new Response(Uint8Array.from(bytes), { headers: headersOf(row) });
  });
}

function headersOf(row: ArtifactRow): Record<string, string> {
  const isPicture = PICTURES.has(row.mediaType);
  const type = isPicture || PLAIN.has(row.mediaType) ? row.mediaType : 'application/octet-stream';
  return {
    'content-type': type.startsWith('text/') ? `${type}; charset=utf-8` : type,
    'content-disposition': `${isPicture ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeFileName(fileName(row))}`,
    'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    'cache-control': 'no-cache, private',
  };
}

const ENDINGS: Readonly<Record<string, string>> = {
  'text/markdown': '.md',
  'application/json': '.json',
  'image/svg+xml': '.svg',
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/gif': '.gif',
  'image/webp': '.webp',
};

function fileName({ key, mediaType }: ArtifactRow): string {
  const base = key.split(/[\\/]/).at(-1) || 'artifact';
  return base.includes('.') ? base : base + (ENDINGS[mediaType] ?? '');
}
