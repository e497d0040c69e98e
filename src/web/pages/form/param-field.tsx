/** The control of one parameter, as its schema wants it, with the value that stands in it. */
import type { ParamField } from '../../../model/param-form.ts';
import { Field } from './field.tsx';

export interface ParamFieldView {
  readonly field: ParamField;
  /** What stands in it; empty: nothing is given. */
  readonly text: string;
  readonly error: string | undefined;
  /** Where the value came from, when it is not the default: `run 1043`. */
  readonly from: string | null;
}

/** The name that a parameter has in the posted form. */
export function fieldName(param: string): string {
  return `p.${param}`;
}

export function fieldId(place: number): string {
  return `p${place}`;
}

export function ParamFieldRow({ view, place }: { view: ParamFieldView; place: number }) {
  const { field, text, error, from } = view;
  const { name, title, description, isRequired, defaultText } = field;
  const differs = from !== null && text !== '' && text !== (defaultText ?? '');
  const notes = [...(title === null ? [] : [title]), ...typeNote(field), ...(isRequired ? ['required'] : [])];
  return (
    <Field
      frame={{
        id: fieldId(place),
        label: name,
        notes,
        description,
        error,
        isBox: field.control.kind === 'checkbox',
        ...(differs ? { remark: <Changed from={from} defaultText={defaultText} /> } : {}),
      }}
      control={(attributes) => <Control field={field} text={text} attributes={attributes} />}
    />
  );
}

/** What may be typed, where the control does not show it. */
function typeNote({ control, expectation, defaultText }: ParamField): string[] {
  // A calendar has no room for what stands in an empty field.
  if (control.kind === 'date') return defaultText === null ? [] : [`${shortened(defaultText)} (default)`];
  if (control.kind === 'select' || control.kind === 'checkbox') return [];
  if (control.kind !== 'textarea' || !control.json) return expectation === null ? [] : [shortened(expectation)];
  return [
    expectation === null
      ? 'JSON, or text'
      : `${shortened(expectation)} as JSON${expectation === 'a list' ? ', or 1,2,3' : ''}`,
  ];
}

function Changed({ from, defaultText }: { from: string; defaultText: string | null }) {
  if (defaultText === null) return <>from {from}</>;
  return (
    <>
      <b>changed</b> in {from}, the default is <code>{shortened(defaultText)}</code>
    </>
  );
}

function Control({ field, text, attributes }: { field: ParamField; text: string; attributes: object }) {
  const { control, defaultText, isRequired } = field;
  const name = fieldName(field.name);
  const common = { name, ...attributes, ...(isRequired ? { required: true } : {}) };
  const placeholder = defaultText === null ? {} : { placeholder: shortened(defaultText) };
  switch (control.kind) {
    case 'checkbox':
      return (
        <>
          <input type="hidden" name={name} value="false" />
          <input
            type="checkbox"
            name={name}
            value="true"
            checked={(text === '' ? defaultText : text) === 'true'}
            {...attributes}
          />
        </>
      );
    case 'select': {
      const options = text === '' || control.options.includes(text) ? control.options : [text, ...control.options];
      return (
        <select {...common}>
          <option value="">{emptyOption(defaultText, isRequired)}</option>
          {options.map((option) => (
            <option value={option} selected={option === text}>
              {shortened(option)}
            </option>
          ))}
        </select>
      );
    }
    case 'textarea':
      return (
        <textarea {...common} rows={rowsOf(text)} {...placeholder}>
          {`\n${text}`}
        </textarea>
      );
    case 'number':
      // What is no number would be dropped by the browser, and lost.
      return Number.isNaN(Number(text)) ? (
        <input type="text" {...common} value={text} {...placeholder} />
      ) : (
        <input type="number" {...common} value={text} {...bounds(control)} {...placeholder} />
      );
    case 'date':
      return text === '' || /^\d{4}-\d\d-\d\d$/.test(text) ? (
        <input type="date" {...common} value={text} />
      ) : (
        <input type="text" {...common} value={text} {...placeholder} />
      );
    case 'text':
      return (
        <input
          type="text"
          {...common}
          value={text}
          {...(defaultText === null && control.example !== null ? { placeholder: control.example } : placeholder)}
        />
      );
  }
}

function rowsOf(text: string): number {
  return Math.min(12, Math.max(2, text.split('\n').length));
}

function bounds({ min, max, step }: { min: number | null; max: number | null; step: number | 'any' }) {
  return {
    step: String(step),
    ...(min === null ? {} : { min: String(min) }),
    ...(max === null ? {} : { max: String(max) }),
  };
}

function emptyOption(defaultText: string | null, isRequired: boolean): string {
  if (defaultText !== null) return `${shortened(defaultText)} (default)`;
  return isRequired ? 'Choose one' : 'not given';
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
