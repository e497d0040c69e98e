/**
 * The zone of whoever asks a server from elsewhere, as a request carries it: `weir-time-zone: Europe/Berlin`, with
 * `; asked` where --tz named it, so that JSON is told in it as well.
 */
import { parseZone } from './zone.ts';

/** The zone of the person who reads the answer to a request. */
export interface ReaderZone {
  readonly zone: string;
  /** Asked for by name. */
  readonly isAsked: boolean;
}

/** Name of the header. */
export const READER_ZONE = 'weir-time-zone';

/** Null: nothing is told. @throws WeirError `invalid-value` */
export function parseReaderZone(header: string | undefined): ReaderZone | null {
  const [name = '', asked] = (header ?? '').split(';').map((part) => part.trim());
  return name === '' ? null : { zone: parseZone(name, READER_ZONE), isAsked: asked === 'asked' };
}

/** As a request carries it. */
export function readerZoneText({ zone, isAsked }: ReaderZone): string {
  return isAsked ? `${zone}; asked` : zone;
}
