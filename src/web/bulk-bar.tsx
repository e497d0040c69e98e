/**
 * What can be done with many runs of the list: boxes before its rows, and buttons that lead to a page that asks once
 * more. Nothing is changed by asking, so it is a GET, and can be gone back to.
 */
import { BULK } from './address.ts';

/** The form that boxes anywhere on the page belong to. */
const FORM_ID = 'bulk';

/** In front of a row. */
export function BulkBox({ run }: { run: number }) {
  return <input type="checkbox" name="run" value={String(run)} form={FORM_ID} aria-label={`Run ${run}`} />;
}

/** Below the list. `filter`: what the list shows, in the words of the filter box; `matching`: how many runs that are. */
export function BulkBar({ filter, matching }: { filter: string; matching: string }) {
  return (
    <form action={BULK} id={FORM_ID} class="acts">
      <input type="hidden" name="q" value={filter} />
      <select name="which" aria-label="Which runs">
        <option value="marked">the marked runs</option>
        <option value="all">{`all ${matching} that match`}</option>
      </select>
      <button type="submit" name="do" value="retry">
        Retry
      </button>
      <button type="submit" name="do" value="cancel">
        Cancel
      </button>
    </form>
  );
}
