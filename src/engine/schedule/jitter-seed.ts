/** What draws the jitter of schedules: the same on one machine for ever, another one on each. */
import type { DeploymentRow } from '../../store/deployments.ts';
import type { Store } from '../../store/store.ts';
import { randomId } from '../random-id.ts';

const SEED = 'jitter.seed';

/** What spreads the jitter of many machines, and keeps it steady on one: drawn once for a database. In a transaction. */
export function jitterSeed({ meta }: Pick<Store, 'meta'>): string {
  const known = meta.get(SEED);
  if (known !== null) return known;
  const seed = randomId();
  meta.set(SEED, seed);
  return seed;
}

/** Seed of a schedule's jitter. */
export function seedOf(store: Pick<Store, 'meta'>, { flow, name }: Pick<DeploymentRow, 'flow' | 'name'>): string {
  return `${jitterSeed(store)}\0${flow}/${name}`;
}

/** The same without drawing one; null: no schedule has needed it yet. Only reads. */
export function knownSeedOf({ meta }: Pick<Store, 'meta'>, { flow, name }: Pick<DeploymentRow, 'flow' | 'name'>) {
  const known = meta.get(SEED);
  return known === null ? null : `${known}\0${flow}/${name}`;
}
