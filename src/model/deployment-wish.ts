/** A deployment as code asks for it, and what became of that. Plain data: it travels between runner and engine. */
import type { DeploymentOverrides } from './deployment.ts';

export interface DeploymentWish {
  /** The flow file, absolute. */
  readonly path: string;
  /** The flow's name in it; null: the only one, or the default export. */
  readonly flow: string | null;
  readonly name: string;
  readonly overrides: DeploymentOverrides;
}

/** What `apply()` gives. */
export interface AppliedDeployment {
  /** `flow/name`; what is only declared may not know its flow's name yet, and says its file. */
  readonly deployment: string;
  /** `declared`: nothing was done yet, `weir deployment apply FILE` does it. `none`: it was so already. */
  readonly action: 'add' | 'change' | 'none' | 'declared';
  /** Of the deployment, counted from 1; null where nothing was done. */
  readonly version: number | null;
  /** What differs from what was deployed, such as `code` and `schedule`. */
  readonly changed: readonly string[];
}
