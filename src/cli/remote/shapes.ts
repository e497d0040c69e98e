/** What a server answers, as far as commands read it: the JSON of src/engine/*-json.ts after its way over the wire. */
import type {
  deploymentJson,
  deploymentSummaryJson,
  deploymentVersionJson,
} from '../../engine/tell/deployment-json.ts';
import type { lineJson } from '../../engine/tell/log-lines.ts';
import type { modelJson } from '../../engine/tell/model-json.ts';
import type { runJson, runSummaryJson } from '../../engine/tell/run-json.ts';
import type { slotJson } from '../../engine/tell/slot-json.ts';
import type { variableJson } from '../../engine/tell/variable-json.ts';

export type RunJson = ReturnType<typeof runJson>;
export type RunItem = ReturnType<typeof runSummaryJson>;
export type TaskJson = RunJson['tasks'][number];
export type LineJson = ReturnType<typeof lineJson>;
export type DeploymentJson = ReturnType<typeof deploymentJson>;
export type DeploymentItem = ReturnType<typeof deploymentSummaryJson>;
export type DeploymentVersionItem = ReturnType<typeof deploymentVersionJson>;
export type SlotItem = ReturnType<typeof slotJson>;
export type ModelJson = ReturnType<typeof modelJson>;
export type VariableItem = ReturnType<typeof variableJson>;

/** Epoch ms of a time that was told. */
export function timeOf(text: string): number;
export function timeOf(text: string | null): number | null;
export function timeOf(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}
