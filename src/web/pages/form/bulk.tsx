/** Many runs at once: which they are, asked once more before anything is done, and afterwards what could not be done. */
import { BULK, runPage, runsWhere } from '../../address.ts';
import { type RunLine, RunTable } from '../../run-table.tsx';
import { lookOf } from '../../state-mark.tsx';
import type { Clock } from '../../time.tsx';
import { CommandLine } from './field.tsx';

export type BulkVerb = 'retry' | 'cancel';

export interface BulkData {
  readonly verb: BulkVerb;
  /** What the list showed. */
  readonly filter: string;
  /** Every run that matches, not only marked ones. */
  readonly isAll: boolean;
  /** There are more than can be done at once. */
  readonly isCut: boolean;
  readonly ids: readonly number[];
  /** The first of them. */
  readonly shown: readonly RunLine[];
  readonly states: readonly { readonly name: RunLine['state']['name']; readonly count: number }[];
  /** Runs among the chosen ones that it cannot be done with. */
  readonly unable: number;
}

const VERBS: Readonly<Record<BulkVerb, { readonly word: string; readonly done: string; readonly able: string }>> = {
  retry: { word: 'Retry', done: 'retried', able: 'ended without success' },
  cancel: { word: 'Cancel', done: 'cancelled', able: 'wait or run' },
};
const MOST_IN_A_COMMAND = 50;
const MOST_REFUSED = 100;

export function BulkPage({ data, clock }: { data: BulkData; clock: Clock }) {
  const { verb, filter, isCut, ids, shown, states, unable, isAll } = data;
  const { word, able } = VERBS[verb];
  const back = runsWhere(filter);
  if (ids.length === 0)
    return (
      <section>
        <h1>Nothing to {verb}</h1>
        <p class="lead">
          {isAll
            ? `None of the runs that match ${able}.`
            : unable === 0
              ? 'No run is marked: tick the boxes before the rows first.'
              : `None of the ${unable} marked runs ${able}.`}
        </p>
        <p class="pages">
          <a href={back}>Back to the runs</a>
        </p>
      </section>
    );
  const runs = `${ids.length} ${ids.length === 1 ? 'run' : 'runs'}`;
  return (
    <section>
      <h1>
        {word} {runs}?
      </h1>
      <p class="lead">
        {states.map(({ name, count }) => `${count} ${lookOf(name).word.toLowerCase()}`).join(', ')}.
        {unable === 0
          ? ''
          : ` ${unable} more ${unable === 1 ? 'stays' : 'stay'} as ${unable === 1 ? 'it is' : 'they are'}: only top-level runs that ${able} can be meant.`}
        {isCut ? ' These are the newest: there may be more, which the same once more goes on with.' : ''}
      </p>
      <form method="post" action={BULK} class="acts">
        <input type="hidden" name="do" value={verb} />
        <input type="hidden" name="q" value={filter} />
        <input type="hidden" name="runs" value={ids.join(',')} />
        <button type="submit" class={verb === 'cancel' ? 'risk' : 'main'}>
          {word} {runs}
        </button>
        <a href={back}>Back to the runs</a>
      </form>
      <div class="wide">
        <RunTable runs={shown} clock={clock} />
      </div>
      {ids.length > shown.length ? <p class="sub">and {ids.length - shown.length} more</p> : null}
      {ids.length > MOST_IN_A_COMMAND ? null : <CommandLine command={commandOf(verb, ids)} />}
    </section>
  );
}

function commandOf(verb: BulkVerb, ids: readonly number[]): string {
  if (verb === 'cancel') return `weir cancel ${ids.join(' ')}`;
  return ids.length === 1 ? `weir retry ${ids[0]}` : `for run in ${ids.join(' ')}; do weir retry $run; done`;
}

export interface BulkOutcomeData {
  readonly verb: BulkVerb;
  readonly filter: string;
  readonly done: number;
  readonly refused: readonly { readonly id: number; readonly flow: string; readonly sentence: string }[];
}

/** Only where something was refused. */
export function BulkOutcome({ data }: { data: BulkOutcomeData }) {
  const { verb, filter, done, refused } = data;
  const rest = refused.length - MOST_REFUSED;
  return (
    <section>
      <h1>
        {done === 0 ? 'None' : done} {VERBS[verb].done}, {refused.length} refused
      </h1>
      <p class="lead">What was refused stays as it is.</p>
      <div class="wide">
        <table>
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">Flow</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {refused.slice(0, MOST_REFUSED).map(({ id, flow, sentence }) => (
              <tr>
                <td>
                  <a href={runPage(id)}>{id}</a>
                </td>
                <th scope="row">{flow}</th>
                <td>{sentence.length > 300 ? `${sentence.slice(0, 300)}...` : sentence}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rest > 0 ? <p class="sub">and {rest} more</p> : null}
      <p class="pages">
        <a href={runsWhere(filter)}>Back to the runs</a>
      </p>
    </section>
  );
}
