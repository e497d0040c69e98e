/** What the list of runs is asked for: fields for what is asked most, the words of `weir runs` for everything, chips. */
import { runsWhere } from '../../address.ts';
import { BUCKETS } from '../../run-buckets.ts';
import { TRIGGERS } from '../../run-table.tsx';

/** What the fields hold; `q` is what none of the others can say. */
export interface FilterFields {
  readonly flow: string;
  readonly states: readonly string[];
  readonly tag: string;
  readonly trigger: string;
  readonly since: string;
  readonly until: string;
  readonly q: string;
}

/** A word of the filter, and the filter without it. */
export interface Chip {
  readonly text: string;
  readonly without: string;
}

export interface FilterData {
  readonly fields: FilterFields;
  readonly chips: readonly Chip[];
  /** Offered for the flow; not necessarily all. */
  readonly flows: readonly string[];
  readonly error: { readonly sentence: string; readonly hint: string | null } | null;
}

/** States that can be asked for by a box. */
export const OFFERED_STATES = BUCKETS.filter(({ word }) => word !== 'cancelling');

export function FilterForm({ filter }: { filter: FilterData }) {
  const { fields, chips, flows, error } = filter;
  return (
    <>
      <form class="filter" action="/runs">
        <Field label="Flow" name="flow" value={fields.flow} list="flow-names" />
        <datalist id="flow-names">
          {flows.map((flow) => (
            <option value={flow} />
          ))}
        </datalist>
        <Field label="Tag" name="tag" value={fields.tag} />
        <label>
          Trigger
          <select name="trigger">
            <option value="">any</option>
            {Object.entries(TRIGGERS).map(([trigger, { word }]) => (
              <option value={trigger} selected={trigger === fields.trigger}>
                {word}
              </option>
            ))}
          </select>
        </label>
        <Field label="Since" name="since" value={fields.since} hint="7d or 2026-11-01" />
        <Field label="Until" name="until" value={fields.until} hint="2026-11-30" />
        <Field label="Text, or any filter" name="q" value={fields.q} hint='param.lr:0.003 err:"refused"' isWide />
        <fieldset>
          <legend>State</legend>
          {OFFERED_STATES.map(({ label, word }) => (
            <label>
              <input type="checkbox" name="state" value={word} checked={fields.states.includes(word)} />
              {label}
            </label>
          ))}
        </fieldset>
        <button type="submit">Filter</button>
      </form>
      {error === null ? null : (
        <div class="box" role="alert">
          <p>
            <b>{error.sentence}</b>
          </p>
          {error.hint === null ? null : <p class="sub">{error.hint}</p>}
        </div>
      )}
      {chips.length === 0 ? null : (
        <p class="chips">
          {chips.map(({ text, without }) => (
            <a href={runsWhere(without)} aria-label={`Remove ${text}`}>
              {text}
              <span aria-hidden="true"> ×</span>
            </a>
          ))}
          {chips.length > 1 ? <a href="/runs">Remove all</a> : null}
        </p>
      )}
    </>
  );
}

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  readonly hint?: string;
  readonly list?: string;
  readonly isWide?: boolean;
}

function Field({ label, name, value, hint, list, isWide = false }: FieldProps) {
  return (
    <label {...(isWide ? { class: 'wide-field' } : {})}>
      {label}
      <input
        name={name}
        value={value}
        autocomplete="off"
        {...(hint === undefined ? {} : { placeholder: hint })}
        {...(list === undefined ? {} : { list })}
      />
    </label>
  );
}
