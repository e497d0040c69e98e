/**
 * What a deployment is apart from its code: the flow as its file describes it, with what `deployment.yaml` says instead,
 * and what differs between two versions. Plain data and pure rules.
 */
import type { FlowDescription, FlowRules } from './flow-description.ts';
import type { DeploymentStorage, Packages } from './snapshot.ts';

/** What is said of one deployment that its flow does not say, or says otherwise. */
export interface DeploymentOverrides {
  readonly description?: string;
  /** Instead of the flow's own. */
  readonly schedules?: readonly unknown[];
  /** Given to every run that is not told otherwise. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Beside the flow's own. */
  readonly tags?: readonly string[];
  /** Default: `local`. */
  readonly storage?: DeploymentStorage;
  /** Files, folders and globs from the flow's folder that belong to its snapshot beside what is found by itself. */
  readonly include?: readonly string[];
}

/** All that is deployed; its files are kept under `codeHash`. */
export interface DeploymentDefinition {
  readonly path: string;
  readonly entry: string;
  readonly codeHash: string;
  readonly description: string;
  readonly version: string | null;
  readonly options: FlowRules;
  readonly tags: readonly string[];
  readonly paramsSchema: Readonly<Record<string, unknown>> | null;
  readonly params: Readonly<Record<string, unknown>>;
  /** As they are written. */
  readonly schedules: readonly unknown[];
  readonly overrides: DeploymentOverrides;
  /** Hash of the snapshot that its runs are given; null or left out: none. */
  readonly snapshot?: string | null;
  /** What the flow's imports came to; left out by older versions. */
  readonly packages?: Packages;
}

/** The words of what changed, in the order in which they are told. */
const ASPECTS: Readonly<Record<string, (definition: DeploymentDefinition) => unknown>> = {
  code: ({ codeHash, snapshot }) => [codeHash, snapshot ?? null],
  packages: ({ packages }) => packages ?? {},
  storage: ({ overrides: { storage = 'local', include = [] } }) => [storage, include],
  file: ({ path, entry }) => [path, entry],
  schedule: ({ schedules }) => schedules,
  parameters: ({ params, paramsSchema }) => [params, paramsSchema],
  options: ({ options, version }) => [options, version],
  tags: ({ tags }) => tags,
  description: ({ description }) => description,
};

/** A flow as it is deployed. */
export function definitionOf(
  path: string,
  flow: FlowDescription,
  overrides: DeploymentOverrides,
  snapshot: string | null = null,
): DeploymentDefinition {
  return {
    path,
    entry: flow.entry,
    codeHash: flow.codeHash,
    description: overrides.description ?? flow.description,
    version: flow.version,
    options: flow.options,
    tags: [...new Set([...flow.tags, ...(overrides.tags ?? [])])],
    paramsSchema: flow.paramsSchema,
    params: overrides.params ?? {},
    schedules: overrides.schedules ?? flow.schedules,
    overrides,
    ...(snapshot === null ? {} : { snapshot }),
    packages: flow.packages,
  };
}

/** What differs, in words; of a new deployment nothing does. */
export function changesBetween(former: DeploymentDefinition | null, next: DeploymentDefinition): readonly string[] {
  if (former === null) return [];
  return Object.entries(ASPECTS)
    .filter(([, aspect]) => canonical(aspect(former)) !== canonical(aspect(next)))
    .map(([name]) => name);
}

/** Equal values give equal texts, in whatever order their keys were written. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, each: unknown) =>
      typeof each === 'object' && each !== null && !Array.isArray(each)
        ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
        : each,
    ) ?? 'undefined'
  );
}
