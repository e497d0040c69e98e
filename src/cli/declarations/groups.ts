/** All groups of commands, in the order in which help shows them. */
import { declareDeploymentCommands } from './deployments.ts';
import { declareFileCommands } from './file.ts';
import { declareFlowCommands } from './flows.ts';
import { declareLimitCommands } from './limits.ts';
import { declareModelCommands } from './models.ts';
import { declareRunCommands } from './runs.ts';
import { declareScheduleCommands } from './schedule.ts';
import { declareValueCommands } from './values.ts';

export const GROUPS = [
  declareFlowCommands,
  declareRunCommands,
  declareDeploymentCommands,
  declareScheduleCommands,
  declareLimitCommands,
  declareModelCommands,
  declareValueCommands,
  declareFileCommands,
] as const;
