/** A YAML flow where it stands: what all that drives its tasks is given. */
import type { FlowDefinition } from '../../sdk/flow.ts';
import type { YamlParts } from '../yaml/module.ts';
import type { YamlFlow, YamlWork } from '../yaml/yaml-flow.ts';

export interface YamlPlace {
  readonly path: string;
  readonly flow: YamlFlow;
  readonly yaml: YamlParts;
  /** The text of the file. */
  readonly code: string;
  /** Neither it nor what it calls loads code of the user's. */
  readonly isShared: boolean;
  /** Finds what `flow:` names. */
  readonly findFlow: (work: Extract<YamlWork, { kind: 'flow' }>) => Promise<FlowDefinition>;
  /** Of runs that have ended in this host: what handlers see of their tasks. */
  readonly ended: Map<number, ReadonlyMap<string, unknown>>;
}
