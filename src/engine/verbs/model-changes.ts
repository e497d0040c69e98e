/** Promoting and rolling back models by hand; `by` completes "promoted by" in the decision log. */
import type { ModelSelector, ModelStage, ModelVersion } from '../../model/registered-model.ts';
import type { Origin } from '../../store/registry.ts';
import type { Engine } from '../engine.ts';

type Parts = Pick<Engine, 'store' | 'now'>;

interface Change {
  readonly model: string;
  readonly by: string;
  /** The task that asks, so that asking again does nothing; left out, a person. */
  readonly origin?: Origin | null;
}

export interface Promoted {
  readonly promoted: ModelVersion;
  /** The same version as it was. */
  readonly former: ModelVersion;
  /** Which version was in Production. */
  readonly inPlaceOf: number | null;
}

/** Gives a version a stage. @throws WeirError `not-found` */
export async function promote(
  { store: { registry, writer }, now }: Parts,
  {
    model,
    selector,
    stage,
    by,
    origin = null,
  }: Change & { readonly selector: ModelSelector; readonly stage: ModelStage },
): Promise<Promoted> {
  const former = registry.get(model, selector);
  const production = registry.list(model).find((version) => version.stage === 'Production');
  const request = { model, selector: former.version, stage, by, origin, now: now() };
  const promoted = await writer.write(() => registry.promote(request));
  return { promoted, former, inPlaceOf: production?.version ?? null };
}

/** Undoes the last promotion; gives the version that is in Production again. @throws WeirError `conflict`, `not-found` */
export async function rollback({ store, now }: Parts, { model, by, origin = null }: Change): Promise<ModelVersion> {
  const request = { model, by, origin, now: now() };
  return store.writer.write(() => store.registry.rollback(request));
}
