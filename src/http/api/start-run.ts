/** Starting a run of a deployment: parameters are checked before there is a run, and the same key twice starts one. */
import type { Context } from 'hono';
import { z } from 'zod';
import { runJson } from '../../engine/tell/run-json.ts';
import { selectRun } from '../../engine/verbs/select-run.ts';
import { refuseUnfit, specsOf, startRun } from '../../engine/verbs/start-run.ts';
import { parseInstant } from '../../model/instant.ts';
import { parseJsonParams } from '../../model/param-json.ts';
import type { JsonSchema } from '../../model/param-schema.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import { text } from './fields.ts';
import type { ApiParts } from './parts.ts';
import { readerZone, toReader } from './reader-zone.ts';
import type { Reply } from './route.ts';

export const startBody = z.strictObject({
  params: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: 'for this run alone; those of the deployment count where it says nothing' }),
  tags: z.array(z.string().min(1).max(200)).max(50).optional(),
  slot: text('the due time that it runs for; left out, the newest of its schedules').optional(),
});

export const startHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 printable characters without blanks')
    .optional()
    .meta({ description: 'the same key twice gives the first run' }),
});

/** @throws WeirError `invalid-parameters` with every field at fault, and there is no run */
export async function startDeployment(
  parts: ApiParts,
  deployment: DeploymentRow,
  { params = {}, tags = [], slot }: z.output<typeof startBody>,
  key: string | undefined,
  c: Context,
): Promise<Reply> {
  const { store } = parts;
  const given = readParams(params, deployment.paramsSchema);
  refuseUnfit(deployment, given);
  const zone = specsOf(parts, deployment)[0]?.timezone ?? readerZone(c)?.zone ?? parts.zone;
  const { runId, isNew } = await startRun(parts, deployment, {
    params: given,
    trigger: 'api',
    tags,
    ...(slot === undefined ? {} : { slotAt: parseInstant(slot, zone, 'slot') }),
    ...(key === undefined ? {} : { idempotencyKey: key }),
  });
  if (isNew) parts.executor.nudge();
  return {
    json: toReader(c, () => store.overview.inSnapshot(() => runJson(store, selectRun(store, String(runId))))),
    status: isNew ? 201 : 200,
    headers: { location: `/api/flow-runs/${runId}` },
  };
}

/** JSON to parameters, where the schema wants more than JSON has: a date is given as its text. */
export function readParams(
  given: Readonly<Record<string, unknown>>,
  schema: JsonSchema | null,
): Record<string, unknown> {
  return parseJsonParams(JSON.stringify(given), schema) as Record<string, unknown>;
}
