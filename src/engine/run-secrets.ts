/**
 * The secrets of runs that are executed here: opened for them, and masked in all that they tell, in every attempt. What a
 * run got counts for the whole tree that it stands in: values pass between a flow and its subflows.
 */
import type { Store } from '../store/store.ts';
import type { ActiveRun } from './active-run.ts';
import type { SecretKeeper } from './secrets.ts';

export interface RunSecrets {
  /** @throws WeirError that names the one that is missing or cannot be opened */
  open(run: ActiveRun, names: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

export function createRunSecrets(secrets: SecretKeeper, flowRuns: Pick<Store['flowRuns'], 'byId'>): RunSecrets {
  /** Hooks of a subflow may run without its parent: then only the rows know who is at the root. */
  function rootIdOf({ row }: ActiveRun): number {
    let { id, parentRunId } = row;
    while (parentRunId !== null) {
      id = parentRunId;
      parentRunId = flowRuns.byId(id)?.parentRunId ?? null;
    }
    return id;
  }

  return {
    async open(run, names) {
      const root = rootOf(run);
      const values = await secrets.open(rootIdOf(root), names);
      return values;
    },
  };
}

function rootOf(run: ActiveRun): ActiveRun {
  let root = run;
  while (root.parent !== null) root = root.parent;
  return root;
}
