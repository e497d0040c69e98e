/** What a person sees of a run while it goes on: a tree drawn in place on a terminal, else plain lines. */
import type { EngineEvent } from '../../engine/events.ts';
import { isQuiet, isWatched } from '../output.ts';
import { createPlainLines, sayLog } from './progress-lines.ts';
import { createFamily } from './run-family.ts';
import { createPicture } from './run-picture.ts';

export interface Display {
  /** Events of any run: it knows its own, and those of its subflows. */
  take(event: EngineEvent): void;
  /** Draws the last of it and gives the terminal back; what is said afterwards stands below. */
  stop(): void;
}

export interface DisplayedRun {
  readonly id: number;
  readonly flow: string;
  readonly startAt: number | null;
}

/** What draws is loaded only where it can be seen. */
export async function createDisplay(run: DisplayedRun, now: () => number): Promise<Display> {
  if (isQuiet()) return { take: () => {}, stop: () => {} };
  const family = createFamily(run.id);
  if (!isWatched()) {
    const sayLine = createPlainLines(now);
    const take = (event: EngineEvent) => {
      const told = family(event, { named: true });
      if (told !== null) sayLine(told);
    };
    return { take, stop: () => {} };
  }
  const { createLiveTree } = await import('./live-tree.ts');
  const picture = createPicture(run);
  const tree = createLiveTree(picture, now);
  return {
    take(event) {
      const told = family(event, { named: event.kind === 'log' });
      if (told?.kind === 'log') sayLog(told);
      else if (told !== null) picture.take(told);
    },
    stop: () => tree.stop(),
  };
}
