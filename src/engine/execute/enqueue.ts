/** A run that nobody executes yet: whoever claims it first does. With it the files that it was described from. */
import type { State } from '../../model/state.ts';
import type { Store } from '../../store/store.ts';
import type { BegunRun } from './run-claims.ts';

/** Gives the run's number, committed. It is due at once. */
export async function enqueue(store: Store, run: BegunRun, at: number): Promise<number> {
  const { code, ...begun } = run;
  const state: State = { type: 'SCHEDULED', name: 'Scheduled', message: null, at };
  return store.writer.write(() => {
    if (code && run.codeHash !== null) store.codeVersions.put(run.codeHash, code, at);
    return store.flowRuns.insert({ ...begun, state, scheduledAt: at, ownerId: null, token: null });
  });
}
