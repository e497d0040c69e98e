/** A deployment as the buttons need to know it: whether it runs with one press, or a form must be filled in first. */
import type { DeploymentRow } from '../store/deployments.ts';
import type { DeploymentToActOn } from '../web/flow-actions.ts';

export function deploymentToActOn(
  deployment: DeploymentRow,
  { isOnly, hasSchedule, once }: Pick<DeploymentToActOn, 'isOnly' | 'hasSchedule' | 'once'>,
): DeploymentToActOn {
  const { flow, name, pausedAt, params, paramsSchema } = deployment;
  const declared = objectOf(paramsSchema?.properties);
  const required = Array.isArray(paramsSchema?.required) ? (paramsSchema.required as string[]) : [];
  return {
    ...{ flow, name, isOnly, hasSchedule },
    ...(once === undefined ? {} : { once }),
    isPaused: pausedAt !== null,
    required: required.filter((each) => !Object.hasOwn(params, each) && objectOf(declared[each]).default === undefined),
    hasParams: Object.keys(declared).length > 0,
  };
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
