/**
 * How many runs ended in which state, and how long they took, since somebody first asked: of every process on the file,
 * found by what has changed since the last look, so that a look is short however many runs there are.
 */
import { isFinal } from '../../model/state.ts';
import type { CountedRun } from '../../store/run-signals.ts';
import type { Store } from '../../store/store.ts';

/** Upper bounds of durations, in seconds. */
export const DURATION_BOUNDS = [1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400] as const;

export interface FlowTally {
  /** By the type of the state in which they ended. */
  readonly ended: Map<string, number>;
  /** How many took no longer than each bound, and all of them. */
  readonly within: number[];
  seconds: number;
  count: number;
}

export interface RunTally {
  /** By flow, as of now. Flows beyond the first so many are one, with no name. */
  look(): ReadonlyMap<string | null, FlowTally>;
}

const MOST_FLOWS = 200;
const MOST_OPEN = 20_000;
const PAGE = 5000;

export function createRunTally(store: Pick<Store, 'runSignals' | 'overview'>): RunTally {
  const { runSignals, overview } = store;
  const flows = new Map<string | null, FlowTally>();
  let newest: number | null = null;
  let open = new Set<number>();

  function count({ flow, type, runTimeMs }: CountedRun): void {
    const isKnown = flows.has(flow) || flows.size < MOST_FLOWS;
    const key = isKnown ? flow : null;
    const tally = flows.get(key) ?? { ended: new Map(), within: DURATION_BOUNDS.map(() => 0), seconds: 0, count: 0 };
    flows.set(key, tally);
    const seconds = runTimeMs / 1000;
    tally.ended.set(type, (tally.ended.get(type) ?? 0) + 1);
    for (const [place, bound] of DURATION_BOUNDS.entries())
      if (seconds <= bound) tally.within[place] = (tally.within[place] ?? 0) + 1;
    tally.seconds += seconds;
    tally.count++;
  }

  return {
    look() {
      const now = new Set(runSignals.open(MOST_OPEN).map((run) => run.id));
      if (newest === null) {
        newest = overview.newestId();
        open = now;
        return flows;
      }
      const over = runSignals.byIds([...open].filter((id) => !now.has(id))).filter(({ type }) => isFinal(type));
      for (const run of over) count(run);
      for (
        let page = runSignals.createdAfter(newest, PAGE);
        page.length > 0;
        page = runSignals.createdAfter(newest, PAGE)
      ) {
        for (const run of page) if (isFinal(run.type)) count(run);
        newest = page.at(-1)?.id ?? newest;
      }
      open = now;
      return flows;
    },
  };
}
