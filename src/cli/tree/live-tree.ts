/**
 * A run drawn in place on a terminal: the tree at the bottom, everything that is said scrolls above it. Loaded only
 * where a terminal is; leaves a clean terminal behind however the process ends (but for SIGKILL).
 */
import { createLogUpdate } from 'log-update';
import stringWidth from 'string-width';
import { colors, drawBelow, stateGlyph } from '../output.ts';
import { type Piece, renderTree } from './render-tree.ts';
import type { RunPicture } from './run-picture.ts';

export interface LiveTree {
  /** Draws the last frame, which stays, and gives the terminal back. */
  stop(): void;
}

/** Between two frames; durations go on without events. */
const FRAME_MS = 100;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

export function createLiveTree(picture: RunPicture, now: () => number): LiveTree {
  const stream = process.stderr;
  const update = createLogUpdate(stream, { showCursor: true });
  let drawn: readonly string[] = [];
  let columns = columnsOf(stream);
  let stopped = false;

  const draw = () => {
    if (stream.columns !== undefined && stream.columns !== columns) eraseRewrapped();
    const rows = stream.rows || 24;
    drawn = renderTree(picture, { now: now(), columns, rows }).map(paint);
    update(drawn.join('\n'));
  };

  /** A terminal that became narrower has wrapped what stood there: those lines are more than were drawn. */
  function eraseRewrapped(): void {
    const narrower = columnsOf(stream);
    const extra = drawn.reduce((sum, line) => sum + Math.max(0, Math.ceil(stringWidth(line) / narrower) - 1), 0);
    columns = narrower;
    stream.write('\u001b[2K\u001b[1A'.repeat(extra));
    update.clear();
  }

  const showCursor = () => stream.write(SHOW_CURSOR);
  stream.write(HIDE_CURSOR);
  process.once('exit', showCursor);
  stream.on('resize', draw);
  const timer = setInterval(draw, FRAME_MS);
  timer.unref();
  let isDrawingSoon = false;
  const giveBack = drawBelow((write) => {
    update.clear();
    write();
    // Many lines of one moment are followed by one frame.
    if (isDrawingSoon) return;
    isDrawingSoon = true;
    setImmediate(() => {
      isDrawingSoon = false;
      if (!stopped) draw();
    });
  });
  draw();

  return {
    stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      stream.off('resize', draw);
      draw();
      update.done();
      giveBack();
      showCursor();
      process.off('exit', showCursor);
    },
  };
}

function columnsOf(stream: { columns?: number }): number {
  return Math.max(10, stream.columns || 80);
}

function paint(line: readonly Piece[]): string {
  return line
    .map((piece) => {
      if (piece.kind === 'state') return stateGlyph(piece.state.type, piece.state.name);
      return piece.dim ? colors.dim(piece.text) : piece.text;
    })
    .join('');
}
