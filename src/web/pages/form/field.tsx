/** One field of a form: its label with what is required, what it means, its control, and what is wrong with it. */
import type { Child } from 'hono/jsx';

export interface FieldFrame {
  /** `id` of the control, and the beginning of those around it. */
  readonly id: string;
  readonly label: string;
  /** Beside the label: `required`, `a whole number`. */
  readonly notes?: readonly string[];
  readonly description?: string | null;
  readonly error?: string | undefined;
  /** A box to tick stands before its label. */
  readonly isBox?: boolean;
  /** Under the control, such as what the value was. */
  readonly remark?: Child;
}

/** What the control says of itself, beside its own attributes. */
export interface ControlAttributes {
  readonly id: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: 'true';
}

export function Field({ frame, control }: { frame: FieldFrame; control: (attributes: ControlAttributes) => Child }) {
  const { id, label, notes = [], description, error, remark, isBox = false } = frame;
  const described = [
    ...(error === undefined ? [] : [`${id}-error`]),
    ...(description == null ? [] : [`${id}-about`]),
    ...(remark === undefined ? [] : [`${id}-remark`]),
  ];
  const named = (
    <label for={id}>
      {label}
      {notes.map((note) => (
        <small>{note}</small>
      ))}
    </label>
  );
  const input = control({
    id,
    ...(described.length === 0 ? {} : { 'aria-describedby': described.join(' ') }),
    ...(error === undefined ? {} : { 'aria-invalid': 'true' as const }),
  });
  return (
    <div class={isBox ? 'field tick' : 'field'}>
      {isBox ? input : named}
      {isBox ? named : null}
      {error === undefined ? null : (
        <p class="err" id={`${id}-error`}>
          {sentence(error)}
        </p>
      )}
      {isBox ? null : input}
      {description == null ? null : (
        <p class="sub" id={`${id}-about`}>
          {description}
        </p>
      )}
      {remark === undefined ? null : (
        <p class="changed" id={`${id}-remark`}>
          {remark}
        </p>
      )}
    </div>
  );
}

/** What is wrong, above the form, each with a link to its field. */
export function ErrorSummary({
  what,
  errors,
}: {
  /** What was not done. */
  what: string;
  errors: readonly { readonly id: string | null; readonly text: string }[];
}) {
  if (errors.length === 0) return null;
  return (
    <div class="box" role="alert" id="errors">
      <p>
        <b>{what}</b> {errors.length === 1 ? 'One value is' : `${errors.length} values are`} not right:
      </p>
      <ul>
        {errors.map(({ id, text }) => (
          <li>{id === null ? text : <a href={`#${id}`}>{text}</a>}</li>
        ))}
      </ul>
    </div>
  );
}

/** A command that does what the form does, to be copied. */
export function CommandLine({ command, title = 'The same as a command' }: { command: string; title?: string }) {
  return (
    <div class="cmd">
      <h2>{title}</h2>
      <pre>{command}</pre>
    </div>
  );
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;
}
