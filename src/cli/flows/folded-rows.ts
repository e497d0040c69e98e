/**
 * Rows of cells that keep within a width: what is too long for its line goes on below, where its columns begin, instead of
 * being wrapped by the terminal in the middle of a word.
 */
import { table, visibleLength } from '../output.ts';

const GAP = 2;
/** A column that is narrower is no place for words: they stand below the first, a little to the right. */
const NARROWEST = 20;
const STEP = 4;

/** Lines of a table. Of a row that is too wide, each cell but the first has a line of its own, or several. */
export function foldRows(rows: readonly (readonly string[])[], width: number): string[] {
  const lines = table(rows).split('\n');
  const first = Math.max(...rows.map((row) => (row.length > 1 ? visibleLength(row[0] ?? '') : 0)));
  const isNarrow = width - first - GAP < NARROWEST;
  const column = first === 0 ? 0 : isNarrow ? STEP : first + GAP;
  return rows.flatMap(([name = '', ...cells], row) => {
    const line = lines[row] ?? '';
    if (visibleLength(line) <= width) return [line];
    const below = cells.filter((cell) => cell !== '').flatMap((cell) => wrapWords(cell, width - column));
    if (cells.length === 0) return wrapWords(name, width);
    const indented = below.map((line) => `${' '.repeat(column)}${line}`);
    if (isNarrow) return [name, ...indented];
    const [beside = '', ...rest] = indented;
    return [`${name}${beside.slice(visibleLength(name))}`, ...rest];
  });
}

/** At spaces; a word that is longer than a line stays whole, so that it can be copied. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && visibleLength(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
