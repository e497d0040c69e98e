/** What the filter found, before its runs: how many in each state, and when. It says what it did not look at. */
import { runsWhere } from '../../address.ts';
import { type Column, RunHistogram } from '../../charts/run-histogram.tsx';
import { countText } from '../../count-text.ts';
import { BUCKETS } from '../../run-buckets.ts';
import { Glyph } from '../../state-mark.tsx';

export interface SummaryData {
  /** By the words of the buckets. */
  readonly counts: ReadonlyMap<string, number>;
  readonly total: number;
  /** False: only the newest runs were looked at. */
  readonly isWhole: boolean;
  readonly columns: readonly Column[];
  /** What a column stands for: "day". */
  readonly every: string;
  /** The filter without its states. */
  readonly filterOfOthers: string;
  readonly hasStates: boolean;
}

export function Summary({ summary }: { summary: SummaryData }) {
  const { counts, total, isWhole, columns, every, filterOfOthers, hasStates } = summary;
  if (total === 0) return null;
  return (
    <>
      <p class="counts">
        <b>{totalText(summary)}</b>
        {BUCKETS.filter(({ word }) => (counts.get(word) ?? 0) > 0).map(({ label, word, mark }) => (
          <a href={runsWhere(`${filterOfOthers} state:${word}`.trim())} class="nw">
            <Glyph name={mark} />
            {label} {countText(counts.get(word) ?? 0)}
          </a>
        ))}
        {hasStates ? <a href={runsWhere(filterOfOthers)}>All states</a> : null}
      </p>
      {columns.length < 2 ? null : <RunHistogram columns={columns} every={every} />}
      {isWhole ? null : <p class="sub">Counted among the newest ones only; the list goes on to the first.</p>}
    </>
  );
}

/** "1 234 runs", or with a plus where older ones were not counted. */
function totalText(summary: SummaryData): string {
  return `${countOf(summary)} ${summary.total === 1 && summary.isWhole ? 'run' : 'runs'}`;
}

/** "1 234", or "10 000+". */
export function countOf({ total, isWhole }: SummaryData): string {
  return `${countText(total)}${isWhole ? '' : '+'}`;
}
