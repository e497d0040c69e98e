/**
 * A run as a few lines for a terminal: never more lines than it has, never wider than it is. Pure; drawing in place
 * is live-tree.ts.
 */
import stringWidth from 'string-width';
import { clockTime } from '../../engine/tell/told-times.ts';
import { formatDuration } from '../../model/duration.ts';
import { isFinal, type State } from '../../model/state.ts';
import { plainText } from '../terminal-text.ts';
import type { RunPicture } from './run-picture.ts';
import { progressBar, rowsOf, type TreeRow } from './tree-rows.ts';

/** A piece of a line: `state` is the glyph of a state, in its colour. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string; readonly dim?: boolean }
  | { readonly kind: 'state'; readonly state: State };

export interface Surroundings {
  /** Epoch ms. */
  readonly now: number;
  /** Of the terminal. */
  readonly columns: number;
  readonly rows: number;
}

const WIDEST_NAME = 40;
const TIME_WIDTH = 7;
/** Below this many columns nothing is spent on lining up durations. */
const NARROW = 50;

/** The lines of a run, the flow first. */
export function renderTree(picture: RunPicture, around: Surroundings): Piece[][] {
  // One line is the flow's, one stays free for the cursor.
  const { shown, remark } = makeRoom(rowsOf(picture, around.now), Math.max(1, around.rows - 2));
  const nameWidth = Math.min(
    Math.max(0, ...shown.map((row) => indentOf(row).length + stringWidth(row.name))),
    WIDEST_NAME,
    Math.max(8, around.columns - 32),
  );
  const timeWidth = around.columns < NARROW ? 0 : TIME_WIDTH;
  const lines = [headLine(picture, around.now), ...shown.map((row) => lineOf(row, nameWidth, timeWidth))];
  if (remark !== null) lines.push([{ kind: 'text', text: `  ${remark}`, dim: true }]);
  // A full line would wrap on some terminals.
  return lines.map((line) => cut(line, around.columns - 1));
}

/** Leaves out what matters least until the rest has room: what ended well, then members and children, then the last. */
function makeRoom(rows: readonly TreeRow[], room: number): { shown: readonly TreeRow[]; remark: string | null } {
  if (rows.length <= room) return { shown: rows, remark: null };
  const open = rows.filter((row) => !row.isDone);
  if (open.length < room) {
    // The newest of those that ended well are told, too, as far as there is room.
    const spare = room - 1 - open.length;
    const done = rows.filter((row) => row.isDone);
    const kept = new Set([...open, ...(spare > 0 ? done.slice(-spare) : [])]);
    return {
      shown: rows.filter((row) => kept.has(row)),
      remark: `${done.length - Math.max(0, spare)} more ended well`,
    };
  }
  const heads = open.filter((row) => !row.isDetail);
  const chosen = heads.length < room ? open.filter((row, place) => !row.isDetail || place < room - 1) : heads;
  const shown = chosen.slice(0, room - 1);
  return { shown, remark: `${rows.length - shown.length} more lines than the terminal has` };
}

function headLine({ flow, runId, state, startAt, progress, sleepingUntil }: RunPicture, now: number): Piece[] {
  const endedAt = state !== null && isFinal(state.type) ? state.at : now;
  const took = startAt === null ? '' : `  ${formatDuration(endedAt - startAt)}`;
  const name = state === null ? 'Pending' : state.name;
  const isAsleep = sleepingUntil !== null && sleepingUntil > now && state?.type === 'RUNNING';
  const sleeps = isAsleep ? `, sleeping until ${clockTime(sleepingUntil, now)}` : '';
  const waits = state?.type === 'SCHEDULED' && state.message !== null ? `: ${plainText(state.message)}` : '';
  return [
    { kind: 'state', state: state ?? { type: 'PENDING', name: 'Pending', message: null, at: now } },
    { kind: 'text', text: ` ${plainText(flow)}, run ${runId}: ${name}${sleeps}${waits}` },
    { kind: 'text', text: took, dim: true },
    ...(progress === null ? [] : [{ kind: 'text', text: `  ${progressBar(progress)}` } as const]),
  ];
}

function lineOf(row: TreeRow, nameWidth: number, timeWidth: number): Piece[] {
  const indent = indentOf(row);
  const name = cutText(row.name, nameWidth - indent.length);
  const padding = ' '.repeat(Math.max(0, nameWidth - indent.length - stringWidth(name)));
  const time = row.time.padStart(timeWidth);
  return [
    { kind: 'text', text: indent },
    { kind: 'state', state: row.state },
    { kind: 'text', text: ` ${name}${padding} ` },
    { kind: 'text', text: time, dim: true },
    { kind: 'text', text: row.info === '' ? '' : `  ${row.info}` },
  ];
}

function indentOf({ depth }: TreeRow): string {
  return '  '.repeat(Math.min(depth, 6));
}

function cut(line: readonly Piece[], columns: number): Piece[] {
  const kept: Piece[] = [];
  let left = columns;
  for (const piece of line) {
    if (left <= 0) break;
    if (piece.kind === 'state') {
      kept.push(piece);
      left--;
    } else {
      const text = cutText(piece.text, left);
      kept.push({ ...piece, text });
      left -= stringWidth(text);
    }
  }
  return kept;
}

/** At most so many columns wide; what was cut off is shown by `…`. */
function cutText(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let kept = '';
  let width = 1;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += stringWidth(segment);
    if (width > columns) break;
    kept += segment;
  }
  return columns < 1 ? '' : `${kept}…`;
}
