/** A concurrency limit as commands, API and page tell it. */

export interface LimitView {
  readonly name: string;
  readonly capacity: number;
  /** `user`: created by command; `flow`: only declared by one; null: by nobody, so that it counts as 1. */
  readonly declared_by: 'user' | 'flow' | null;
  readonly in_use: number;
  readonly holders: readonly LimitUserView[];
  /** The longest waiting first. */
  readonly waiters: readonly LimitUserView[];
}

export interface LimitUserView {
  readonly run: number;
  readonly flow: string;
  /** Null: the flow run itself. */
  readonly task: { readonly id: number; readonly name: string } | null;
  readonly amount: number;
  readonly since: string;
}
