/** Runs for due times of the past that have none: first which, then, once they are seen, the button that makes them. */
import type { SlotOutcome } from '../../../model/slot.ts';
import { flowAction, flowPage } from '../../address.ts';
import { OUTCOME_WORDS } from '../../slot-table.tsx';
import { type Clock, Time } from '../../time.tsx';
import { CommandLine, ErrorSummary, Field } from './field.tsx';

export interface BackfillFormData {
  readonly flow: string;
  readonly deployment: string;
  readonly title: string;
  readonly schedules: readonly string[];
  /** As typed. */
  readonly words: {
    readonly from: string;
    readonly to: string;
    readonly max: string;
    readonly newestFirst: boolean;
    readonly schedule: string;
  };
  readonly error: { readonly field: 'from' | 'to' | 'max' | 'schedule' | null; readonly sentence: string } | null;
  /** Null: nothing was asked for yet. */
  readonly preview: BackfillPreview | null;
  readonly command: string;
}

export interface BackfillPreview {
  readonly count: number;
  /** How many more there are than one backfill makes. */
  readonly left: number;
  readonly first: number | null;
  readonly last: number | null;
  readonly slots: readonly { readonly at: number; readonly outcome: SlotOutcome | null; readonly reason: string }[];
  /** The stretch, as instants: what was seen is what is made. */
  readonly from: string;
  readonly to: string;
  readonly max: number;
}

export function BackfillForm({ data, clock }: { data: BackfillFormData; clock: Clock }) {
  const { flow, deployment, title, schedules, words, error, preview, command } = data;
  const errorOf = (field: string) => (error?.field === field ? error.sentence : undefined);
  return (
    <section class="form" aria-label={`Backfill ${title}`}>
      <h1>Backfill {title}</h1>
      <p class="lead">
        Makes runs for due times that have none: missed, skipped, or before the flow was deployed. No due time ever gets
        two.
      </p>
      {error === null ? null : (
        <ErrorSummary what="Nothing was started." errors={[{ id: error.field, text: error.sentence }]} />
      )}
      <form action={flowAction(flow, 'backfill')}>
        <input type="hidden" name="deployment" value={deployment} />
        <Field
          frame={{
            id: 'from',
            label: 'From',
            notes: ['required'],
            description: `A date, a time, or how long ago such as 7d (${clock.zone} where it has no zone of its own).`,
            error: errorOf('from'),
          }}
          control={(attributes) => (
            <input type="text" name="from" value={words.from} placeholder="7d" required {...attributes} />
          )}
        />
        <Field
          frame={{
            id: 'to',
            label: 'To',
            description: 'Included; a date means its whole day. Empty: now.',
            error: errorOf('to'),
          }}
          control={(attributes) => <input type="text" name="to" value={words.to} placeholder="now" {...attributes} />}
        />
        <Field
          frame={{
            id: 'max',
            label: 'At once',
            description: 'So many of its runs go on at once.',
            error: errorOf('max'),
          }}
          control={(attributes) => (
            <input type="number" name="max" min="1" max="10000" value={words.max} placeholder="1" {...attributes} />
          )}
        />
        {schedules.length < 2 ? null : (
          <Field
            frame={{ id: 'schedule', label: 'Schedule', error: errorOf('schedule') }}
            control={(attributes) => (
              <select name="schedule" {...attributes}>
                <option value="">all {schedules.length}</option>
                {schedules.map((each) => (
                  <option value={each} selected={each === words.schedule}>
                    {each}
                  </option>
                ))}
              </select>
            )}
          />
        )}
        <Field
          frame={{ id: 'newest', label: 'Begin with the newest', isBox: true }}
          control={(attributes) => (
            <input type="checkbox" name="newest" value="1" checked={words.newestFirst} {...attributes} />
          )}
        />
        <div class="acts">
          <button type="submit" {...(preview === null || preview.count === 0 ? { class: 'main' } : {})}>
            Show which
          </button>
          <a href={flowPage(flow)}>Cancel</a>
        </div>
      </form>
      {preview === null ? null : <Preview data={data} preview={preview} clock={clock} />}
      <CommandLine command={command} />
    </section>
  );
}

function Preview({ data, preview, clock }: { data: BackfillFormData; preview: BackfillPreview; clock: Clock }) {
  const { flow, deployment, words } = data;
  const { count, left, first, last, slots, max } = preview;
  if (count === 0 || first === null || last === null)
    return (
      <p class="box warn" id="preview">
        Nothing to make up for: every due time in that stretch has a run, or there was none.
      </p>
    );
  const runs = `${count} ${count === 1 ? 'run' : 'runs'}`;
  return (
    <>
      <h2 id="preview">
        {runs} would be made
        <small>{max === 1 ? 'one after another' : `at most ${max} at once`}</small>
      </h2>
      <p>
        {count === 1 ? null : (
          <>
            From <Time at={first} clock={clock} withZone /> to{' '}
          </>
        )}
        <Time at={last} clock={clock} withZone />.
        {left === 0 ? '' : ` ${left} more are left: one backfill makes 1000 runs at most; ask again for the others.`}
      </p>
      <table aria-label="The first of them">
        <thead>
          <tr>
            <th scope="col">Due</th>
            <th scope="col">Was</th>
          </tr>
        </thead>
        <tbody>
          {slots.map(({ at, outcome, reason }) => (
            <tr>
              <td class="nw">
                <Time at={at} clock={clock} />
              </td>
              <td class="dim">{outcome === null ? reason : OUTCOME_WORDS[outcome]}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {count > slots.length ? <p class="sub">and {count - slots.length} more</p> : null}
      <form method="post" action={flowAction(flow, 'backfill')} class="acts">
        <input type="hidden" name="deployment" value={deployment} />
        <input type="hidden" name="from" value={preview.from} />
        <input type="hidden" name="to" value={preview.to} />
        <input type="hidden" name="max" value={String(max)} />
        {words.newestFirst ? <input type="hidden" name="newest" value="1" /> : null}
        {words.schedule === '' ? null : <input type="hidden" name="schedule" value={words.schedule} />}
        <button type="submit" class="main">
          Make {runs}
        </button>
      </form>
    </>
  );
}
