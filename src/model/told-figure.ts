/**
 * The figure that an evaluation tells: in the file WEIR_METRICS under the metric's name, else as the last line printed that
 * is a number. What stands for no number (`nan`) is a figure as well: it must be refused, never passed over. Pure.
 */
import { WeirError } from './errors.ts';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** What a program prints for a figure: numbers, and what stands in for one where there is none (`nan`, `-inf`). */
const FIGURE = /^([+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?nan|[+-]?inf(inity)?)$/i;

/** NaN for what only looks like a figure; undefined for any other text. */
export function parseFigure(text: string): number | undefined {
  if (!FIGURE.test(text.trim())) return undefined;
  return NUMBER.test(text.trim()) && Number.isFinite(Number(text)) ? Number(text) : Number.NaN;
}

export interface ToldParts {
  readonly metric: string;
  /** What the model is called, such as `version 3 of "temperature"`. */
  readonly model: string;
  /** Of the file WEIR_METRICS; empty when the command wrote none. */
  readonly metrics: string;
  readonly stdout: string;
}

/** @throws WeirError `evaluation-failed` when it is no finite number, or nothing was told */
export function toldFigure({ metric, model, metrics, stdout }: ToldParts): number {
  const told = figuresIn(metrics, model).get(metric) ?? lastFigure(stdout);
  const figure = told === undefined ? undefined : parseFigure(told);
  if (figure !== undefined && Number.isFinite(figure)) return figure;
  if (told !== undefined)
    throw new WeirError(
      'evaluation-failed',
      `the evaluation gave "${told.trim()}" as ${metric} of ${model}; a finite number is needed to compare`,
      { hint: 'nothing was promoted; look at the command and at the data it was given' },
    );
  const last = stdout.trimEnd().split('\n').at(-1)?.slice(0, 200) ?? '';
  const printed = last === '' ? 'printed nothing' : `printed no line that is a number; its last is "${last}"`;
  throw new WeirError('evaluation-failed', `the evaluation of ${model} ${printed}`, {
    hint: `print ${metric} as the last line, or write ${metric}=VALUE to the file $WEIR_METRICS; nothing was promoted`,
  });
}

/** `rmse=1.2` lines, or one JSON object; a figure as text, whatever it is. */
function figuresIn(source: string, model: string): Map<string, string> {
  const text = source.trim();
  if (text.startsWith('{')) return figuresInJson(text, model);
  const lines = text.split('\n').map((line) => /^([^=]+)=(.*)$/.exec(line.trim()));
  return new Map(lines.flatMap((match) => (match?.[1] === undefined ? [] : [[match[1].trim(), match[2] ?? '']])));
}

/** Python writes NaN and Infinity, which JSON does not have. */
function figuresInJson(text: string, model: string): Map<string, string> {
  try {
    const entries = Object.entries(JSON.parse(text.replace(NO_JSON, '$1"$2"')) as Record<string, unknown>);
    return new Map(entries.map(([name, value]) => [name, String(value)]));
  } catch (cause) {
    // A number printed before must not stand for what was meant to be told here.
    throw new WeirError(
      'evaluation-failed',
      `what the evaluation of ${model} wrote to WEIR_METRICS begins with { but is no JSON object: ${(cause as Error).message}`,
      { hint: 'write name=value lines, or one JSON object; nothing was promoted', cause },
    );
  }
}

const NO_JSON = /(:\s*)(-?(?:NaN|Infinity))(?=\s*[,}])/g;

/** Also `nan`: it must not be passed over for a number printed before it. */
function lastFigure(stdout: string): string | undefined {
  return stdout.split('\n').findLast((line) => parseFigure(line) !== undefined);
}
