/**
 * What a command hands over in small files: outputs and metrics as `name=value` lines, as `name<<END` with several lines, or
 * as one JSON object; progress as `3/20 label`. Pure.
 *
 * A value becomes a number only if it prints back the same: `3` is one, but 1.10, 00123, 12e4567 and -0 stay the texts that
 * they may well be (versions, postcodes, hashes). true and false stay text, too.
 */

export interface HandedValues<Value = unknown> {
  readonly values: Readonly<Record<string, Value>>;
  /** What cannot be read, in a sentence each that begins with its line. */
  readonly faults: readonly string[];
}

/** Outputs of a task. The last of equal names wins. */
export function parseOutputs(text: string): HandedValues {
  return parse(text, (value) => (printsBack(value) ? Number(value) : value));
}

/** Metrics are numbers however they are written; what is none is told as a fault. */
export function parseMetrics(text: string): HandedValues<number> {
  const { values, faults } = parse(text, (value) => value.trim());
  const metrics: [string, number][] = [];
  const noNumbers: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const number = typeof value === 'number' ? value : numberOf(value);
    if (Number.isFinite(number)) metrics.push([name, number]);
    else noNumbers.push(`the metric "${name}" is ${shown(value)}, which is no number`);
  }
  return { values: Object.fromEntries(metrics), faults: [...faults, ...noNumbers] };
}

export interface HandedProgress {
  readonly done: number;
  readonly total: number | null;
  readonly label: string | null;
}

/** `3/20 label`, `3 label`, `15% label`: the last whole line that is one counts; null where there is none. */
export function parseProgress(text: string): HandedProgress | null {
  for (const line of text.split(/\r\n|\n|\r/).toReversed()) {
    const [, done, total, percent, label] = PROGRESS.exec(line.trim()) ?? [];
    if (done === undefined) continue;
    const all = percent === undefined ? (total === undefined ? null : Number(total)) : 100;
    return { done: Number(done), total: all, label: label?.trim().slice(0, 200) || null };
  }
  return null;
}

const PROGRESS = /^(\d+(?:\.\d+)?)(?:\s*\/\s*(\d+(?:\.\d+)?)|\s*(%))?(?:\s+(.*))?$/;

function parse(text: string, read: (value: string) => unknown): HandedValues {
  const source = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  return source.trimStart().startsWith('{') ? parseObject(source) : parseLines(source, read);
}

function parseObject(source: string): HandedValues {
  try {
    const values = JSON.parse(source, keepDigits) as Record<string, unknown>;
    return { values, faults: [] };
  } catch (error) {
    return { values: {}, faults: [`it begins with { but is no JSON object: ${(error as Error).message}`] };
  }
}

/** A whole number that has more digits than a number can hold stays the text it was. */
function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined) return value;
  if (!Number.isFinite(value)) return source;
  return /^-?\d+$/.test(source) && !Number.isSafeInteger(value) ? source : value;
}

function parseLines(source: string, read: (value: string) => unknown): HandedValues {
  const values: [string, unknown][] = [];
  const faults: string[] = [];
  const lines = source.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line.trim() === '') continue;
    const [, longName, delimiter] = /^([^=]+?)<<(\S+)\s*$/.exec(line) ?? [];
    if (longName !== undefined) {
      const end = lines.indexOf(delimiter ?? '', at + 1);
      if (end === -1) {
        faults.push(`line ${at + 1}: the value of ${shown(longName)} has no line ${shown(delimiter)} that ends it`);
        break;
      }
      values.push([longName.trim(), read(lines.slice(at + 1, end).join('\n'))]);
      at = end;
      continue;
    }
    const equals = line.indexOf('=');
    const name = line.slice(0, equals).trim();
    if (equals === -1 || name === '') faults.push(`line ${at + 1}: ${shown(line)} is no name=value`);
    else values.push([name, read(line.slice(equals + 1))]);
  }
  return { values: Object.fromEntries(values), faults };
}

function printsBack(text: string): boolean {
  return text !== '' && Number.isFinite(Number(text)) && String(Number(text)) === text;
}

function numberOf(value: unknown): number {
  const isNumber = typeof value === 'string' && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value);
  return isNumber ? Number(value) : Number.NaN;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}..."` : text;
}
