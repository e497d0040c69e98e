/** Log lines for people, prefixed by time and task. */
import type { LogLine } from '../../engine/tell/log-lines.ts';
import { timeOfDay } from '../../engine/tell/told-times.ts';
import { colors } from '../output.ts';
import { plainText, terminalText } from '../terminal-text.ts';
import { taskName } from '../tree/progress-lines.ts';

/** `14:30:05.123 train alpha=7 loss is NaN`; the task is left out where all lines are of one. */
export function lineText({ text, chunk, task, path }: LogLine, isMixed: boolean): string {
  const names = [...(path === '' ? [] : [plainText(path)]), ...(task === null ? [] : [taskName(task)])];
  const who = isMixed && names.length > 0 ? `${colors.cyan(names.join(' > '))} ` : '';
  const said = terminalText(text, { colors: colors.isColorSupported });
  const fields = chunk.fields === null ? '' : ` ${colors.dim(terminalText(chunk.fields, { colors: false }))}`;
  const isError = chunk.level === 'error' || chunk.level === 'warn';
  return `${colors.dim(timeOfDay(chunk.at))} ${who}${isError ? (chunk.level === 'error' ? colors.red(said) : colors.yellow(said)) : said}${fields}`;
}
