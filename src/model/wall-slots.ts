/**
 * From wall times to instants: the table of clock changes of a schedule, for cron and for intervals in days.
 * The wall-clock axis knows no clock changes (its times are local times read as UTC) and is asked piece by piece, so
 * a search never walks through time itself and cannot loop at a clock change.
 *
 *   clocks go forward        | fixed hour: slots of the gap merge into one at its end, or are dropped (`dropsGaps`)
 *                            | hour field `*...`: elapsed time goes on, see `movedWild`
 *   clocks go back           | fixed hour: first time only, the second is suppressed
 *                            | hour field `*...`: both
 */
import type { Slot } from './slot.ts';
import { type Segment, segmentAt } from './zone.ts';

/** Wall times of a schedule, in order. */
export interface WallAxis {
  /** First wall time at or after `wall`; null when there is none. */
  atOrAfter(wall: number): number | null;
  /** Last wall time before `wall`; null when there is none. */
  before(wall: number): number | null;
  /** The hour field begins with `*`: slots go by elapsed time. */
  readonly isWild: boolean;
  /** Wall times that do not exist are dropped instead of moved: as RFC 5545 has it. */
  readonly dropsGaps?: boolean;
}

/** First slot at or after the instant; suppressed ones only when asked for. */
export function firstWallSlot(axis: WallAxis, zone: string, at: number, withSuppressed: boolean): Slot | null {
  let segment = segmentAt(zone, at);
  for (;;) {
    let reached: number | null = null;
    let searchedFrom = Infinity;
    for (const piece of piecesOf(axis, segment)) {
      if (isDropped(piece) && !withSuppressed) continue;
      const from = isAtOnce(piece) ? piece.from : Math.max(piece.from, at + piece.shiftMs);
      if (from >= piece.to || (isAtOnce(piece) && segment.startAt < at)) continue;
      reached = axis.atOrAfter(from);
      searchedFrom = from;
      if (reached !== null && reached < piece.to && isUsed(axis, segment, piece)) {
        return slotOf(axis, segment, piece, reached);
      }
    }
    if (segment.endAt === Infinity) return null;
    const searchedAll = searchedFrom <= segment.endAt + segment.offsetMs - WIDEST_CHANGE_MS;
    if (searchedAll && reached === null) return null;
    const leap = searchedAll && reached !== null ? reached - WIDEST_OFFSET_MS : -Infinity;
    segment = segmentAt(zone, Math.max(segment.endAt, leap));
  }
}

/** Last slot before the instant, suppressed ones left out. */
export function lastWallSlot(axis: WallAxis, zone: string, before: number): Slot | null {
  let segment = segmentAt(zone, before - 1);
  for (;;) {
    let reached: number | null = null;
    let searchedTo = -Infinity;
    for (const piece of piecesOf(axis, segment).reverse()) {
      if (isDropped(piece)) continue;
      const to = piece.kind === 'merged' ? piece.to : Math.min(piece.to, before + piece.shiftMs);
      if (to <= piece.from || (piece.kind === 'merged' && segment.startAt >= before)) continue;
      reached = axis.before(to);
      searchedTo = to;
      if (reached !== null && reached >= piece.from && isUsed(axis, segment, piece)) {
        const first = piece.kind === 'merged' ? axis.atOrAfter(piece.from) : null;
        return slotOf(axis, segment, piece, first ?? reached);
      }
    }
    if (segment.startAt === -Infinity) return null;
    const searchedAll = searchedTo >= segment.startAt + segment.offsetBeforeMs + WIDEST_CHANGE_MS;
    if (searchedAll && reached === null) return null;
    const leap = searchedAll && reached !== null ? reached + WIDEST_OFFSET_MS : Infinity;
    segment = segmentAt(zone, Math.min(segment.startAt - 1, leap));
  }
}

/** Part of a segment in which wall times become instants in one way. */
interface Piece {
  /** `merged`, `dropped`: all at the start of the segment; the others: `shiftMs` before their wall time. */
  readonly kind: 'plain' | 'merged' | 'dropped' | 'movedWild' | 'suppressed';
  readonly from: number;
  readonly to: number;
  readonly shiftMs: number;
}

// A segment may be left out of a search only if its wall times cannot be seen again in the next one (a day was once
// repeated or dropped as a whole), and if the wall time found cannot lie in it (no offset is beyond 15 hours).
const WIDEST_CHANGE_MS = 27 * 3_600_000;
const WIDEST_OFFSET_MS = 16 * 3_600_000;

function isDropped({ kind }: Piece): boolean {
  return kind === 'suppressed' || kind === 'dropped';
}

function isAtOnce({ kind }: Piece): boolean {
  return kind === 'merged' || kind === 'dropped';
}

function piecesOf(axis: WallAxis, segment: Segment): Piece[] {
  const { startAt, endAt, offsetMs, offsetBeforeMs } = segment;
  const start = startAt + offsetMs;
  const startBefore = startAt + offsetBeforeMs;
  const plain: Piece = { kind: 'plain', from: start, to: endAt + offsetMs, shiftMs: offsetMs };
  if (offsetMs > offsetBeforeMs && axis.isWild) {
    return [{ kind: 'movedWild', from: startBefore, to: start, shiftMs: offsetBeforeMs }, plain];
  }
  if (offsetMs > offsetBeforeMs && axis.dropsGaps)
    return [{ kind: 'dropped', from: startBefore, to: start, shiftMs: 0 }, plain];
  if (offsetMs > offsetBeforeMs) {
    const merged: Piece = { kind: 'merged', from: startBefore, to: start + 1, shiftMs: 0 };
    return [merged, { ...plain, from: start + 1 }];
  }
  if (offsetMs < offsetBeforeMs && !axis.isWild) {
    const seen = Math.min(startBefore, plain.to);
    return [
      { kind: 'suppressed', from: start, to: seen, shiftMs: offsetMs },
      { ...plain, from: seen },
    ];
  }
  return [plain];
}

/**
 * A wild schedule needs its wall times of the gap only when the stretch after the gap has none of its own: every
 * 15 minutes simply goes on, but "every two hours" would lose the slot of 02:00 and wait three hours.
 */
function isUsed(axis: WallAxis, segment: Segment, piece: Piece): boolean {
  // What is due at the end of the gap anyway tells of those that were dropped.
  if (piece.kind === 'dropped') return axis.atOrAfter(piece.to) !== piece.to;
  if (piece.kind !== 'movedWild') return true;
  const own = axis.atOrAfter(piece.to);
  return own === null || own >= piece.to + (segment.offsetMs - segment.offsetBeforeMs);
}

function slotOf(axis: WallAxis, segment: Segment, piece: Piece, wall: number): Slot {
  const at = isAtOnce(piece) ? segment.startAt : wall - piece.shiftMs;
  switch (piece.kind) {
    case 'plain': {
      const isAfterGap = axis.dropsGaps && at === segment.startAt && segment.offsetMs > segment.offsetBeforeMs;
      return { at, note: isAfterGap ? dropNote(axis, segment) : null, suppressed: false };
    }
    case 'dropped':
      return { at, note: dropNote(axis, segment), suppressed: true };
    case 'suppressed': {
      const [from, to] = clocks(segment);
      const note = `${clock(wall)} comes a second time: the clocks go back from ${from} to ${to}, and it ran the first time`;
      return { at, note, suppressed: true };
    }
    case 'movedWild': {
      const moved = clock(at + segment.offsetMs);
      const note = `${moved} instead of ${clock(wall)}: the clocks go forward, and it goes by elapsed time`;
      return { at, note, suppressed: false };
    }
    case 'merged': {
      const start = at + segment.offsetMs;
      if (wall >= start) return { at, note: null, suppressed: false };
      // Where a whole day was dropped, a time of day alone would not say when.
      const isSameDay = day(wall) === day(start);
      const [date, formerDate] = isSameDay ? ['', ''] : [`${day(start)} `, `${day(wall)} `];
      const note = `${date}${clock(start)} instead of ${formerDate}${missing(axis, wall, start)}: the clocks go forward`;
      return { at, note, suppressed: false };
    }
  }
}

/** Null when nothing was due in the gap. */
function dropNote(axis: WallAxis, segment: Segment): string | null {
  const start = segment.startAt + segment.offsetMs;
  const first = axis.atOrAfter(segment.startAt + segment.offsetBeforeMs);
  if (first === null || first >= start) return null;
  const [from, to] = clocks(segment);
  return `${missing(axis, first, start)} dropped: the clocks go forward from ${from} to ${to}`;
}

/** What clocks show at the change, and what they are set to. */
function clocks({ startAt, offsetMs, offsetBeforeMs }: Segment): [string, string] {
  return [clock(startAt + offsetBeforeMs), clock(startAt + offsetMs)];
}

/** "02:00, 02:15 and 02:30"; at most four by name. */
function missing(axis: WallAxis, first: number, end: number): string {
  const names: string[] = [];
  let wall: number | null = first;
  while (wall !== null && wall < end && names.length < 5) {
    names.push(clock(wall));
    wall = axis.atOrAfter(wall + 1);
  }
  if (names.length < 2) return names.join();
  if (names.length === 5) return `${names.slice(0, 3).join(', ')} and more`;
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function clock(wall: number): string {
  const time = new Date(wall).toISOString().slice(11, 19);
  return time.endsWith(':00') ? time.slice(0, 5) : time;
}

function day(wall: number): string {
  return new Date(wall).toISOString().slice(0, 10);
}
