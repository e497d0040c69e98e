/** `weir why RUN` or `weir why DEPLOYMENT@TIME`: the reason, in a sentence or two, and the next step. */

import { findDeployment } from '../../engine/deploy/find-deployment.ts';
import { whyJson, whyRun } from '../../engine/tell/why.ts';
import { whySlot, whySlotJson } from '../../engine/tell/why-slot.ts';
import { selectRun } from '../../engine/verbs/select-run.ts';
import { EXIT } from '../../model/errors.ts';
import type { Store } from '../../store/store.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { colors, print, printJson, stateGlyph } from '../output.ts';
import { withEngine } from '../session.ts';
import { errorDetails, lastLinesOf } from './run-end.ts';

export async function why([text]: [string?], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store, now }) => {
    const at = text === undefined || text.startsWith('@') ? -1 : text.indexOf('@');
    if (text !== undefined && (at > 0 || meansDeployment(store, text))) {
      const deployment = findDeployment(store, at > 0 ? text.slice(0, at) : text);
      const answers = whySlot(store, deployment, at > 0 ? text.slice(at + 1) : null, now());
      if (flags.json) printJson({ schema: 'weir.why-slots/1', items: answers.map(whySlotJson), next: null });
      else for (const answer of answers) tell(`${answer.deployment}: ${answer.why}`, answer.next, answer.facts);
      return EXIT.ok;
    }
    const row = selectRun(store, text);
    const answer = whyRun(store, row, now());
    if (flags.json) {
      printJson(whyJson(row, answer));
      return EXIT.ok;
    }
    const { type, name } = row.state;
    print(`${stateGlyph(type, name)} ${row.flow}, run ${row.id}: ${name}`);
    const task = answer.failed_task;
    const lines = task === null ? [] : [...lastLinesOf(store, task), ...errorDetails(task.error)];
    tell(answer.why, answer.next, lines);
    return EXIT.ok;
  });
}

/** A flow that has runs means its latest run, as everywhere; what has never run can only be a deployment. */
function meansDeployment(store: Store, text: string): boolean {
  if (text.includes('/')) return true;
  if (/^#?\d+$/.test(text) || text.includes('~') || store.flowRuns.flowNames().includes(text)) return false;
  return store.deployments.all().some(({ flow }) => flow === text);
}

function tell(sentence: string, next: readonly string[], lines: readonly string[] = []): void {
  print(sentence);
  for (const line of lines) print(`  ${colors.dim(line)}`);
  for (const command of next) print(`  ${command}`);
}
