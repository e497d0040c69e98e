/** Models of the registry as the JSON that users script against: field names are a promise. */
import type { ModelVersion } from '../../model/registered-model.ts';
import type { DecisionRow } from '../../store/registry.ts';
import type { Store } from '../../store/store.ts';
import { isoTime } from './told-times.ts';

/** `weir model inspect --json`: versions and decisions, oldest first. @throws WeirError `not-found` */
export function modelJson({ registry }: Store, name: string) {
  return {
    schema: 'weir.model/1',
    name,
    versions: registry.list(name).toReversed().map(versionJson),
    decisions: registry.decisions(name).toReversed().map(decisionJson),
  };
}

/** A version by itself, as `weir model promote --json` gives it. */
export function modelVersionJson(version: ModelVersion) {
  return { schema: 'weir.model-version/1', name: version.model, ...versionJson(version) };
}

/** A version as an item of `weir model inspect --json`. */
export function versionJson({ version, stage, aliases, metrics, params, tags, run, createdAt }: ModelVersion) {
  return { version, stage, aliases, metrics, params, tags, run, created_at: isoTime(createdAt) };
}

/** A decision as an item of `weir model inspect --json`. */
export function decisionJson(row: DecisionRow) {
  const { run, metric, goal, margin, candidate, candidate_value, production, production_value, promoted } = row;
  const decision = { run, metric, goal, margin, candidate, candidate_value, production, production_value, promoted };
  return { at: isoTime(row.at), ...decision };
}
