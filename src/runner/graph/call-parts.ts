/** What one call of a task of a graph is made from, and what its kind of work makes of it. */
import type { FlowDefinition } from '../../sdk/flow.ts';
import type { TaskDefinition } from '../../sdk/task.ts';
import type { YamlTask } from '../yaml/yaml-flow.ts';
import type { Contexts } from './contexts.ts';
import type { YamlPlace } from './place.ts';
import type { Upstream } from './upstream.ts';

export interface TaskCallParts {
  readonly task: YamlTask;
  readonly place: YamlPlace;
  /** What `flow:` names; throws where it was not found. */
  readonly subflow: () => FlowDefinition;
  readonly upstream: Upstream;
  /** `env` included. */
  readonly contexts: Contexts;
  /** What the flow, its defaults and the task set, evaluated. */
  readonly variables: Readonly<Record<string, string>>;
  /** null without a for_each. */
  readonly item: unknown;
  readonly hasItem: boolean;
}

/** What a kind of work makes of a call. */
export interface Work {
  readonly kind: TaskDefinition['kind'];
  /** Evaluated: what it is given besides what its upstreams hand on. */
  readonly given: unknown;
  readonly run: (...args: never[]) => unknown;
  /** What its result is known again by besides what it is given. */
  readonly code: string;
  /** Instead of what it is given: the arguments of a subflow are its parameters. */
  readonly args?: readonly unknown[];
  readonly more?: Readonly<Record<string, unknown>>;
}
