/** Which of a model's figures a line of it shows. */
import type { DecisionRow } from '../../../store/registry.ts';

/** The one that was last compared by; else the first that its newest version has. `decisions`: newest first. */
export function decidingMetric(
  decisions: readonly Pick<DecisionRow, 'metric'>[],
  metrics: Readonly<Record<string, number>> | undefined,
): string | null {
  return decisions.find(({ metric }) => metric !== null)?.metric ?? Object.keys(metrics ?? {})[0] ?? null;
}
