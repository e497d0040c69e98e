/**
 * What a runner asks the engine while it drives an attempt, and what it is answered. Everything passes through structured
 * clone; values of users travel as bytes of the codec.
 */
import type { ContentFile } from './content-file.ts';
import type { DeploymentWish } from './deployment-wish.ts';
import type { FlowRules } from './flow-description.ts';
import type { ModelContent, ModelLabels, ModelSelector, ModelStage, PromotionRule } from './registered-model.ts';
import type { RunStart } from './run-start.ts';
import type { State, StateType } from './state.ts';
import type { VariableValue } from './variable.ts';

/** What a runner asks and waits for. */
export type Request =
  | SubflowRequest
  | { readonly ask: 'cached-result'; readonly key: string }
  /** `tags`: the task's own, which may be limits. The answer is what the call holds then. */
  | {
      readonly ask: 'acquire';
      readonly call: number;
      readonly occupies: Readonly<Record<string, number>>;
      readonly tags: readonly string[];
    }
  /** `call` is null for the handler of a flow. */
  | { readonly ask: 'shell'; readonly call: number | null; readonly shell: ShellRequest }
  | { readonly ask: 'end-shell'; readonly call: number | null }
  /** Registers a deployment: answered with an AppliedDeployment. */
  | { readonly ask: 'apply-deployment'; readonly wish: DeploymentWish }
  /** The folder that the run works in instead of its project: answered with its path. */
  | { readonly ask: 'project-copy' }
  /** A file that a task hands on: answered with a HandedFile, its copy. `path` is absolute. */
  | { readonly ask: 'keep-file'; readonly call: number; readonly path: string }
  /** Answered with the value, which is masked in everything that the run tells from then on. */
  | { readonly ask: 'get-secret'; readonly name: string }
  /** Answered with a Variable, or null when there is none of that name. */
  | { readonly ask: 'get-variable'; readonly name: string }
  /** What has become of the tasks that the flow itself called in this attempt: answered with EndedTasks, in call order. */
  | { readonly ask: 'ended-tasks' }
  /** All of them at once: answered with their values by name. */
  | { readonly ask: 'variables' }
  | { readonly ask: 'set-variable'; readonly name: string; readonly value: VariableValue }
  | {
      readonly ask: 'register-model';
      readonly call: number | null;
      readonly model: string;
      readonly content: ModelContent;
      readonly labels: ModelLabels;
    }
  | { readonly ask: 'get-model'; readonly model: string; readonly selector: ModelSelector }
  | { readonly ask: 'list-models'; readonly model: string }
  | { readonly ask: 'list-decisions'; readonly model: string }
  | { readonly ask: 'find-decision'; readonly call: number; readonly model: string }
  | {
      readonly ask: 'decide-promotion';
      readonly call: number;
      readonly model: string;
      readonly rule: PromotionRule;
      readonly candidate: number;
      readonly candidateValue: number;
      readonly production: number | null;
      readonly productionValue: number | null;
    }
  | {
      readonly ask: 'promote-model';
      readonly call: number | null;
      readonly model: string;
      readonly selector: ModelSelector;
      readonly stage: ModelStage;
    }
  | { readonly ask: 'roll-back-model'; readonly call: number | null; readonly model: string };

/** What the parent of a subflow asks; `call` stands for the subflow in its parent. */
export type SubflowRequest =
  /** Creates the subflow's run, or opens it again for its next attempt: answered with a SubflowStart. */
  | { readonly ask: 'begin-subflow'; readonly call: number; readonly subflow: SubflowCall }
  /** Asked when the end of an attempt is committed: answered with a SubflowStanding. */
  | { readonly ask: 'subflow-standing'; readonly call: number }
  /** Gives up a subflow that waits for its retry. */
  | { readonly ask: 'cancel-subflow'; readonly call: number; readonly reason: string };

/** A flow called inside a flow run: what its own run is made of. */
export interface SubflowCall {
  readonly flow: string;
  readonly path: string;
  readonly entry: string;
  readonly version: string | null;
  readonly options: FlowRules;
  /** Those of its parent included. */
  readonly tags: readonly string[];
  /** null: named by its number. */
  readonly name: string | null;
  /** Codec bytes of the parameters as given. */
  readonly params: Uint8Array;
}

/** The attempt of a subflow that begins now, and the line that its messages are sent on. */
export interface SubflowStart {
  readonly line: number;
  readonly run: RunStart;
}

/** What became of a subflow's run after an attempt; `retryAt` when it is to be tried again, and then. */
export interface SubflowStanding {
  readonly state: State;
  /** Epoch ms. */
  readonly retryAt: number | null;
}

/** A shell command as a task asks for it; the engine adds environment and mark, and keeps the output. */
export interface ShellRequest {
  readonly argv: readonly string[];
  /** Where `argv[0]` was found, when somebody has looked. */
  readonly file?: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Names of secrets: the engine adds their values to the environment, so that no runner holds them. */
  readonly secrets?: readonly string[];
  readonly stderr: 'separate' | 'merged';
  readonly graceMs: number;
}

export interface ShellResult {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Nobody had asked for its end when it ended; what it left behind may have been ended later. */
  readonly isOwnEnd: boolean;
  /** In words, such as `exit code 3`. */
  readonly ending: string;
  /** Of both streams, for the error. */
  readonly lastLines: readonly string[];
  /** Standard output, at most its last MiB. */
  readonly stdout: string;
}

/** A task run that has ended, as handlers of a graph are told of it in a host that has not seen the run. */
export interface EndedTask {
  readonly name: string;
  readonly state: StateType;
  readonly result: Uint8Array | null;
  readonly content: ContentFile | null;
}

/** A result that the cache has for a key. */
export interface CachedAnswer {
  readonly run: number;
  readonly task: number;
  readonly result: Uint8Array | null;
  readonly content: ContentFile | null;
}
