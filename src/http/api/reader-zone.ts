/** The zone that a request tells: answers to GET tell times in it, and times without an offset are meant on its clock. */
import type { Context } from 'hono';
import { tellTimesTo } from '../../engine/tell/told-times.ts';
import { parseReaderZone, READER_ZONE, type ReaderZone } from '../../model/reader-zone.ts';

/** Null: the request does not tell. @throws WeirError `invalid-value` */
export function readerZone(c: Context): ReaderZone | null {
  return parseReaderZone(c.req.header(READER_ZONE));
}

/** What `work` tells is told to who asks. Not for what begins something that goes on after the answer. */
export function toReader<T>(c: Context, work: () => T): T {
  const zone = readerZone(c);
  return zone === null ? work() : tellTimesTo(zone, work);
}
