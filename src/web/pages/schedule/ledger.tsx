/** The ledger on the schedule page: every past due time has its answer; a filter by deployment and outcome. */
import type { SlotOutcome } from '../../../model/slot.ts';
import { OUTCOME_WORDS, SlotTable } from '../../slot-table.tsx';
import type { Clock } from '../../time.tsx';
import type { LedgerData } from './schedule.tsx';

const OUTCOMES = Object.entries(OUTCOME_WORDS) as [SlotOutcome, string][];

export function Ledger({ ledger, clock }: { ledger: LedgerData; clock: Clock }) {
  const { slots, deployment, outcome, isNewest, older, problem } = ledger;
  const isFiltered = deployment !== null || outcome !== null;
  return (
    <>
      <h2>
        Ledger<small>what became of each due time</small>
      </h2>
      <form class="acts" action="/schedule#ledger">
        <input name="deployment" value={deployment ?? ''} placeholder="flow or flow/name" aria-label="Deployment" />
        <select name="outcome" aria-label="Outcome">
          <option value="">any outcome</option>
          {OUTCOMES.map(([value, word]) => (
            <option value={value} selected={value === outcome}>
              {word}
            </option>
          ))}
        </select>
        <button type="submit">Show</button>
        {isFiltered ? <a href="/schedule#ledger">Show all</a> : null}
      </form>
      {problem === null ? null : <p class="box">{problem}</p>}
      {slots.length === 0 ? (
        <p class="dim">{isFiltered || !isNewest ? 'No due time matches.' : 'Nothing was due yet.'}</p>
      ) : (
        <SlotTable slots={slots} clock={clock} label="Ledger" />
      )}
      <nav class="pages" aria-label="More due times">
        {isNewest ? null : <a href="/schedule#ledger">Newest</a>}
        {older === null ? null : <a href={older}>Older</a>}
      </nav>
    </>
  );
}
