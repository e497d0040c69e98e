/**
 * Keeps a page within its budget, whatever there is to show: what people miss least gives way, one thing after another, until
 * the rest fits. A page never gets larger because a run has left more.
 */
import { gzipSync } from 'node:zlib';
import { raw } from 'hono/html';

/** Of a page without what every page has around it (style, script, symbols: 18 KB, 6 KB packed), bytes. */
const LARGEST = 32_500;
const LARGEST_PACKED = 5900;

/** Renders the data, trimmed by as many of the trims, in their order, as are needed. */
export function renderWithin<T>(data: T, trims: readonly ((data: T) => T)[], render: (data: T) => unknown) {
  let fitting = data;
  let html = String(render(fitting));
  for (const trim of trims) {
    if (isSmall(html)) break;
    fitting = trim(fitting);
    html = String(render(fitting));
  }
  // The page itself, as it was just rendered.
  return raw(html);
}

function isSmall(html: string): boolean {
  const size = Buffer.byteLength(html);
  return size <= LARGEST && (size <= LARGEST_PACKED || gzipSync(html).length <= LARGEST_PACKED);
}
