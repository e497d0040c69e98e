/**
 * Logs of several runs as one, in the order in which they were written: a page of each is held, so that logs of any
 * length pass through. Pure but for what it is told to read.
 */
import type { StoredLogChunk } from '../../store/logs.ts';

/** What gives chunks in the order of their ids, or in the opposite one; `after` moves on with what was given. */
export interface LogSource {
  after: number;
  readonly read: (after: number, limit: number) => readonly StoredLogChunk[];
}

interface Head<Source> {
  readonly source: Source;
  page: readonly StoredLogChunk[];
  place: number;
}

/** At most so many chunks are held, or one of each source. */
const MOST_HELD = 1000;

/** What the sources have that they have not given before; `isBackward` where they give the newest first. */
export function* mergeLogs<Source extends LogSource>(
  sources: readonly Source[],
  { isBackward = false, mostHeld = MOST_HELD }: { readonly isBackward?: boolean; readonly mostHeld?: number } = {},
): Generator<{ readonly source: Source; readonly chunk: StoredLogChunk }> {
  const limit = Math.max(1, Math.floor(mostHeld / Math.max(1, sources.length)));
  // By the chunk that comes next, the first one last: it is taken from there.
  const heads: Head<Source>[] = [];
  const nextId = ({ page, place }: Head<Source>) => {
    const id = page[place]?.id ?? Number.POSITIVE_INFINITY;
    return isBackward ? -id : id;
  };
  const put = (head: Head<Source>) => {
    const id = nextId(head);
    let low = 0;
    let high = heads.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (nextId(heads[middle] as Head<Source>) > id) low = middle + 1;
      else high = middle;
    }
    heads.splice(low, 0, head);
  };
  for (const source of sources) {
    const page = source.read(source.after, limit);
    if (page.length > 0) put({ source, page, place: 0 });
  }
  for (let head = heads.pop(); head !== undefined; head = heads.pop()) {
    const { source } = head;
    const chunk = head.page[head.place++] as StoredLogChunk;
    source.after = chunk.id;
    yield { source, chunk };
    if (head.place === head.page.length) {
      head.page = head.page.length < limit ? [] : source.read(source.after, limit);
      head.place = 0;
    }
    if (head.page.length > 0) put(head);
  }
}
