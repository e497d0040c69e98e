/**
 * How far something is, read from a progress bar as programs draw it on a terminal: tqdm, pip, wget, curl, rsync, git,
 * Keras. Pure. Gives nothing rather than a guess.
 */
import { TERMINAL_CODES } from './terminal-codes.ts';

export interface DrawnProgress {
  readonly done: number;
  readonly total: number;
  readonly label: string | null;
}

const PERCENT = /(?<![\d.,])(\d{1,3}(?:\.\d+)?) ?%/;
/** `37/100`, `1.2M/4.5MB`, `37 of 100`. */
const PART =
  /(?<![\d.,/:-])(\d[\d,]*(?:\.\d+)?) ?([kKMGT]?i?[Bb]?)(?: ?\/ ?| of )(\d[\d,]*(?:\.\d+)?) ?([kKMGT]?i?[Bb]?)(?![\d./:-])/g;
/** curl has neither: three columns of percent, total and received. */
const CURL = /^ ?(\d{1,3}) +[\d.]+[kMGTP]? +\1 +[\d.]+[kMGTP]? /;
const LONGEST_LABEL = 40;
const FACTORS: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** What the last drawing of a line says; null when it says nothing of progress. */
export function progressIn(drawing: string): DrawnProgress | null {
  const line = drawing.replace(TERMINAL_CODES, '').slice(0, 1000);
  const percent = PERCENT.exec(line);
  const share = percent === null ? null : Number(percent[1]);
  for (const part of line.matchAll(PART)) {
    const found = partOf(part);
    if (found === null) continue;
    // Another pair of numbers than the bar's, such as a date or the parts of one of several files.
    if (share !== null && Math.abs((found.done / found.total) * 100 - share) > 1.5) continue;
    const start = Math.min(part.index, percent?.index ?? part.index);
    return { done: found.done, total: found.total, label: labelOf(line.slice(0, start)) ?? found.unit };
  }
  if (percent !== null && share !== null && share <= 100)
    return { done: share, total: 100, label: `%${prefixed(labelOf(line.slice(0, percent.index)))}` };
  const curl = CURL.exec(line);
  if (curl !== null && Number(curl[1]) <= 100) return { done: Number(curl[1]), total: 100, label: '%' };
  return null;
}

function partOf(part: RegExpExecArray): { done: number; total: number; unit: string | null } | null {
  const [, done = '', doneUnit = '', total = '', totalUnit = ''] = part;
  const isSame = doneUnit === totalUnit || doneUnit === '';
  const scale = (text: string, unit: string) =>
    Number(text.replaceAll(',', '')) * (isSame ? 1 : (FACTORS[unit.charAt(0).toLowerCase()] ?? 1));
  const found = { done: scale(done, doneUnit), total: scale(total, totalUnit) };
  if (!(found.total > 0) || !(found.done <= found.total)) return null;
  return { ...found, unit: isSame && totalUnit !== '' ? totalUnit : null };
}

/** `Epoch 3` of `Epoch 3:  37%|`; null where nothing but a bar stands before the numbers. */
function labelOf(before: string): string | null {
  const words = before.replace(/[[\](){}|:=>#.\-_\s]+$/, '').trim();
  return /\p{L}/u.test(words) && words.length <= LONGEST_LABEL ? words : null;
}

function prefixed(label: string | null): string {
  return label === null ? '' : ` ${label}`;
}
