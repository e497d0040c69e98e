/** Models of the registry, variables and the whole of how things stand, as answers hold them. */
import { z } from 'zod';
import { deploymentSummary } from './deployment-shapes.ts';
import { anything, count, id, metrics, state, time } from './shapes.ts';

const stage = z.enum(['None', 'Staging', 'Production', 'Archived']);

export const modelSummary = z
  .object({ name: z.string(), versions: count, production: count.nullable(), champion: count.nullable() })
  .meta({ id: 'ModelSummary' });

const ofVersions = {
  version: count,
  stage,
  aliases: z.array(z.string()),
  metrics,
  params: anything,
  tags: z.record(z.string(), z.string()),
  run: id.nullable(),
  created_at: time,
};

export const versionItem = z.object(ofVersions).meta({ id: 'VersionOfModel' });
export const modelVersion = z
  .object({ schema: z.literal('weir.model-version/1'), name: z.string(), ...ofVersions })
  .meta({ id: 'ModelVersion' });

export const decision = z
  .object({
    at: time,
    run: id.nullable(),
    metric: z.string().nullable(),
    goal: z.enum(['min', 'max']).nullable(),
    margin: z.number().nullable(),
    candidate: count,
    candidate_value: z.number().nullable(),
    production: count.nullable(),
    production_value: z.number().nullable(),
    promoted: z.boolean(),
  })
  .meta({ id: 'Decision' });

export const model = z
  .object({
    schema: z.literal('weir.model/1'),
    name: z.string(),
    versions: z.array(versionItem),
    decisions: z.array(decision),
  })
  .meta({ id: 'Model' });

const ofVariables = { name: z.string(), value: anything, updated_at: time };
export const variableItem = z.object(ofVariables).meta({ id: 'VariableItem' });
export const variable = z.object({ schema: z.literal('weir.variable/1'), ...ofVariables }).meta({ id: 'Variable' });

export const unsetVariable = z
  .object({ schema: z.literal('weir.variable/1'), name: z.string(), value: z.null(), updated_at: z.null() })
  .meta({ id: 'UnsetVariable' });

const bar = z
  .object({
    id,
    state: z.object({ type: state.shape.type, name: state.shape.name }),
    start_time: time.nullable(),
    end_time: time.nullable(),
    total_run_time_ms: z.number(),
  })
  .meta({ id: 'RunBar' });

export const status = z
  .object({
    schema: z.literal('weir.status/1'),
    server: z
      .object({ pid: count, host: z.string(), url: z.string().nullable(), version: z.string(), started_at: time })
      .nullable(),
    running: count,
    queued: count,
    attention: z.array(
      z.object({
        kind: z.enum(['failed', 'broken', 'late', 'interrupted', 'paused']),
        what: z.string(),
        at: time.nullable(),
        run: id.nullable(),
        message: z.string().nullable(),
        next: z.string(),
      }),
    ),
    deployments: z.array(deploymentSummary.extend({ next: time.nullable(), runs: z.array(bar) })),
    others: z.array(z.object({ flow: z.string(), runs: z.array(bar) })),
  })
  .meta({ id: 'Status' });
