/** What `weir why` is asked about: a run, or a due time of a deployment; and its answer as JSON. Only reads. */
import type { Store } from '../../store/store.ts';
import { findDeployment } from '../deploy/find-deployment.ts';
import { selectRun } from '../verbs/select-run.ts';
import { whyJson, whyRun } from './why.ts';
import { whySlot, whySlotJson } from './why-slot.ts';

export type WhyRunJson = ReturnType<typeof whyJson>;
export type WhySlotsJson = {
  readonly schema: 'weir.why-slots/1';
  readonly items: readonly ReturnType<typeof whySlotJson>[];
  readonly next: null;
};

/** RUN, FLOW@TIME or a deployment, as it was typed; undefined: the latest run. @throws WeirError `not-found`, `usage` */
export function whyAsked(store: Store, text: string | undefined, now: number): WhyRunJson | WhySlotsJson {
  const at = text === undefined || text.startsWith('@') ? -1 : text.indexOf('@');
  if (text !== undefined && (at > 0 || meansDeployment(store, text))) {
    const deployment = findDeployment(store, at > 0 ? text.slice(0, at) : text, { withDeleted: at > 0 });
    const answers = whySlot(store, deployment, at > 0 ? text.slice(at + 1) : null, now);
    return { schema: 'weir.why-slots/1', items: answers.map(whySlotJson), next: null };
  }
  const row = selectRun(store, text);
  return whyJson(store, row, whyRun(store, row, now));
}

/** A flow that has runs means its latest run, as everywhere; what has never run can only be a deployment. */
function meansDeployment(store: Store, text: string): boolean {
  if (text.includes('/')) return true;
  if (/^#?\d+$/.test(text) || text.includes('~') || store.flowRuns.flowNames().includes(text)) return false;
  return store.deployments.all().some(({ flow }) => flow === text);
}
