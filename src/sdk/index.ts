/** What a flow file imports as "weir". The whole of it; nothing else of Weir's code is for users. */
/// <reference path="./yaml-flows.d.ts" preserve="true" />
export type { Duration } from '../model/duration.ts';
export { WeirError } from '../model/errors.ts';
export type { HandedFile } from '../model/handed-file.ts';
export { exponential } from '../model/retry.ts';
export type { State } from '../model/state.ts';
export { artifact } from './artifact.ts';
export { context, log, metric, progress } from './context.ts';
export { type AppliedDeployment, type Deployment, type DeploymentOptions, deployment } from './deployment.ts';
export { type Flow, type FlowOptions, flow } from './flow.ts';
export { TaskFuture, TaskFutureList } from './future.ts';
export type { Hook, HookEvent } from './hooks.ts';
export { allowFailure, quote, unmapped } from './markers.ts';
export { type LoadedModel, type ModelDecision, type ModelVersion, models, type PromotionDecision } from './models.ts';
export type { RunContext } from './runtime.ts';
export { cron, interval, rrule, type ScheduleInput } from './schedules.ts';
export { secrets } from './secrets.ts';
export { type ShellOutcome, sh } from './sh.ts';
export { sleep } from './sleep.ts';
export { Cancelled, Completed, Failed, Skipped } from './states.ts';
export { type Task, type TaskOptions, task } from './task.ts';
export { type VariableValue, variables } from './variables.ts';
export { z } from './z.ts';
