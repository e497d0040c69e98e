/** `weir why RUN` or `weir why DEPLOYMENT@TIME`: the reason, in a sentence or two, and the next step. */
import { type WhyRunJson, type WhySlotsJson, whyAsked } from '../../engine/tell/why-asked.ts';
import { EXIT } from '../../model/errors.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { colors, print, printJson, stateGlyph } from '../output.ts';
import { withEngine } from '../session.ts';
import { plainText } from '../terminal-text.ts';
import { errorDetails, shownLines } from './run-end.ts';

export async function why([text]: [string?], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store, now }) => {
    tellWhy(whyAsked(store, text, now()), flags);
    return EXIT.ok;
  });
}

/** An answer of this database, or of a server elsewhere. */
export function tellWhy(answer: WhyRunJson | WhySlotsJson, { json }: GlobalFlags): void {
  if (json) return printJson(answer);
  if (answer.schema === 'weir.why-slots/1') {
    for (const { deployment, why: reason, next, facts } of answer.items) tell(`${deployment}: ${reason}`, next, facts);
    return;
  }
  const { type, name } = answer.state;
  print(`${stateGlyph(type, name)} ${plainText(answer.flow)}, run ${answer.run}: ${name}`);
  const { failed_task: task } = answer;
  const lines = task === null ? [] : [...shownLines(task.last_lines), ...errorDetails(task.error)];
  tell(answer.why, answer.next, lines);
}

function tell(sentence: string, next: readonly string[], lines: readonly string[] = []): void {
  print(shownLines(sentence.split('\n')).join('\n'));
  for (const line of lines) print(`  ${colors.dim(line)}`);
  for (const command of next) print(`  ${plainText(command)}`);
}
