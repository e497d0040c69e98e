/**
 * GET /models/:name/versions/:version/file: what was registered, always as a download. Its bytes are verified by their hash
 * before anybody sees one, and never pass through memory at once; of a value its JSON.
 */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { Hono } from 'hono';
import { decode } from '../../../model/codec.ts';
import { WeirError } from '../../../model/errors.ts';
import { toPlainJson } from '../../../model/plain-json.ts';
import type { Store } from '../../../store/store.ts';
import { encodeFileName } from '../../file-name.ts';

export function bindModelFile(app: Hono, { store }: { store: Store }): void {
  app.get('/models/:name/versions/:version/file', async (c) => {
    const text = c.req.param('version');
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(number))
      throw new WeirError('not-found', `"${text.slice(0, 50)}" is no number of a version`);
    const version = store.registry.get(c.req.param('name'), number);
    const of = `version ${version.version} of model "${version.model}"`;
    const isValue = version.format === 'value';
    const headers = {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename*=UTF-8''${encodeFileName(isValue ? `${version.model}-${version.version}.json` : version.fileName)}`,
      'cache-control': 'no-cache, private',
    };
    if (isValue) {
      const value = toPlainJson(decode(store.content.read(version.contentHash, of)));
      return new Response(`${JSON.stringify(value)}\n`, { headers });
    }
    const path = await store.content.verifiedPath(version.contentHash, of);
    const stream = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
    return new Response(stream, { headers: { ...headers, 'content-length': String(version.size) } });
  });
}
