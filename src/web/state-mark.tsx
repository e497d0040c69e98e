/** A state as word, shape and colour, in this order of weight: no meaning hangs on colour alone. */
import { raw } from 'hono/html';
import type { StateName } from '../model/state.ts';

export type Hue = 'ok' | 'fail' | 'run' | 'warn' | 'idle';

interface Look {
  readonly word: string;
  readonly glyph: keyof typeof GLYPHS;
  readonly hue: Hue;
}

/** Drawn in a square of 16 with `currentColor`; circles are well, squares failed, triangles warn. */
const GLYPHS = {
  ok: '<circle cx="8" cy="8" r="7" fill="currentColor"/><path d="M4.7 8.3l2.3 2.3 4.3-4.9" stroke="var(--bg)"/>',
  same: '<circle cx="8" cy="8" r="6.5" stroke-dasharray="2.6 1.5"/><path d="M4.9 8.2l2.2 2.2 4-4.5"/>',
  run: '<path d="M8 1.8A6.2 6.2 0 1 1 1.8 8" stroke-width="2.6"/>',
  fail: '<rect x="1" y="1" width="14" height="14" rx="2" fill="currentColor"/><path d="M5 5l6 6m0-6l-6 6" stroke="var(--bg)"/>',
  time: '<rect x="1" y="1" width="14" height="14" rx="2" fill="currentColor"/><path d="M8 4v4.3l2.8 1.9" stroke="var(--bg)"/>',
  lost: '<rect x="1" y="1" width="14" height="14" rx="2" fill="currentColor"/><path d="M5.8 6.2a2.2 2.2 0 1 1 3 2.1q-.8.4-.8 1.2m0 2v.2" stroke="var(--bg)"/>',
  wait: '<path d="M8 1.2L15.3 14.6H.7z" fill="currentColor"/><path d="M8 5.8v4m0 2.3v.2" stroke="var(--bg)"/>',
  late: '<path d="M8 2.2L14.4 14H1.6z"/>',
  hold: '<path d="M8 1.2L15.3 14.6H.7z" fill="currentColor"/><path d="M6.6 8v4m2.8-4v4" stroke="var(--bg)"/>',
  due: '<circle cx="8" cy="8" r="6"/>',
  held: '<circle cx="8" cy="8" r="6" stroke-dasharray=".1 3.04"/>',
  skip: '<path d="M8 1.4L14.6 8 8 14.6 1.4 8zM5.6 8h4.8"/>',
  stop: '<circle cx="8" cy="8" r="6"/><path d="M3.8 12.2l8.4-8.4"/>',
} as const;

const LOOKS: Record<StateName, Look> = {
  Completed: { word: 'Completed', glyph: 'ok', hue: 'ok' },
  Cached: { word: 'Cached', glyph: 'same', hue: 'ok' },
  Running: { word: 'Running', glyph: 'run', hue: 'run' },
  Resuming: { word: 'Running, resumed', glyph: 'run', hue: 'run' },
  Retrying: { word: 'Running again', glyph: 'run', hue: 'run' },
  Failed: { word: 'Failed', glyph: 'fail', hue: 'fail' },
  TimedOut: { word: 'Timed out', glyph: 'time', hue: 'fail' },
  Crashed: { word: 'Crashed', glyph: 'lost', hue: 'fail' },
  AwaitingRetry: { word: 'Waiting to retry', glyph: 'wait', hue: 'warn' },
  AwaitingResume: { word: 'Waiting to resume', glyph: 'wait', hue: 'warn' },
  Late: { word: 'Late', glyph: 'late', hue: 'warn' },
  Paused: { word: 'Paused', glyph: 'hold', hue: 'warn' },
  Scheduled: { word: 'Scheduled', glyph: 'due', hue: 'idle' },
  Pending: { word: 'Pending', glyph: 'due', hue: 'idle' },
  AwaitingLimit: { word: 'Waiting for a limit', glyph: 'held', hue: 'idle' },
  Skipped: { word: 'Skipped', glyph: 'skip', hue: 'idle' },
  UpstreamFailed: { word: 'Upstream failed', glyph: 'skip', hue: 'fail' },
  Cancelled: { word: 'Cancelled', glyph: 'stop', hue: 'idle' },
  Cancelling: { word: 'Cancelling', glyph: 'stop', hue: 'idle' },
};

export function lookOf(name: StateName): Look {
  return LOOKS[name];
}

/** More than that is somebody's text, which must find room where there is little. */
const LONGEST_LINE = 24;

/** Glyph and word; the glyph is for eyes only. */
export function StateMark({ name, word }: { name: StateName; word?: string }) {
  return (
    <span {...((word?.length ?? 0) > LONGEST_LINE ? {} : { class: 'st' })}>
      <Glyph name={name} />
      {word ?? LOOKS[name].word}
    </span>
  );
}

export function Glyph({ name }: { name: StateName }) {
  const { glyph, hue } = LOOKS[name];
  return (
    <svg class={`g ${hue}${glyph === 'run' ? ' spin' : ''}`} aria-hidden="true">
      <use href={`#${glyph}`} />
    </svg>
  );
}

/** Each shape once a page; marks only refer to it. */
export function GlyphSymbols() {
  const symbols = Object.entries(GLYPHS).map(
    ([id, shape]) => `<symbol id="${id}" viewBox="0 0 16 16">${shape}</symbol>`,
  );
  return (
    <svg width="0" height="0" class="symbols" aria-hidden="true">
      {raw(symbols.join(''))}
    </svg>
  );
}
