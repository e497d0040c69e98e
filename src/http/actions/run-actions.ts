/** POST /runs/:id/retry, rerun, resume, cancel: what `weir` does with a run, from its page. */
import { createHash } from 'node:crypto';
import type { Hono } from 'hono';
import { rootOf } from '../../engine/tell/root-run.ts';
import { askToCancel } from '../../engine/verbs/cancel.ts';
import { flowAsItIsNow, paramsOf, rerun } from '../../engine/verbs/rerun.ts';
import { retryRun } from '../../engine/verbs/retry-run.ts';
import { WeirError } from '../../model/errors.ts';
import { refuseParamFaults } from '../../model/param-faults.ts';
import { commandLine } from '../../model/shell-word.ts';
import { isFinal } from '../../model/state.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Action } from '../../web/action.tsx';
import { flowAction, runAction, runPage } from '../../web/address.ts';
import { ProblemPage } from '../../web/pages/problem.tsx';
import { findRun } from '../find-run.ts';
import { deploymentOfRun } from './choose-deployment.ts';
import { type ActionParts, BY_PAGE, given, readForm, showDone } from './form.ts';

export function bindRunActions(app: Hono, parts: ActionParts): void {
  const { store, events, now, executor, pages } = parts;
  const { describe } = executor;

  app.post('/runs/:id/retry', async (c) => {
    const form = await readForm(c);
    const run = findRun(store, c.req.param('id'));
    const from = given(form, 'from');
    const only = given(form, 'only');
    const wish = {
      ...(from === undefined ? {} : { from }),
      ...(only === undefined ? {} : { only }),
      sameCode: given(form, 'same_code') !== undefined,
    };
    try {
      const { row } = await retryRun({ store, events, now, describe }, run, wish, BY_PAGE);
      executor.nudge();
      return showDone(c, runPage(row.id), wish.sameCode ? 'retried-same' : 'retried');
    } catch (error) {
      // Pressed twice, or on a page that is older than the retry.
      const isOpen = !isFinal(store.flowRuns.byId(rootOf(store, run).id)?.state.type ?? 'FAILED');
      if (isConflict(error) && isOpen) return showDone(c, runPage(run.id), 'retried-before');
      const isKept = run.codeHash !== null && store.codeVersions.has(run.codeHash);
      if (!(error instanceof WeirError) || error.code !== 'invalid-flow' || wish.sameCode || !isKept) throw error;
      return pages.send(c, () => brokenFile(run, { from, only }, error), 422);
    }
  });

  app.post('/runs/:id/rerun', async (c) => {
    await readForm(c);
    const run = findRun(store, c.req.param('id'));
    const key = keyOf(c.req.query('once'), run.id);
    const first = key === null ? null : store.flowRuns.idByIdempotencyKey(key);
    if (first !== null) return showDone(c, runPage(first), 'sent-before');
    const flow = await flowAsItIsNow({ store, describe }, run);
    const params = paramsOf(run);
    refuseParamFaults(params, flow.paramsSchema);
    try {
      const runId = await rerun({ store, events, now }, run, { flow, params, trigger: 'page', idempotencyKey: key });
      executor.nudge();
      return showDone(c, runPage(runId), 'rerun');
    } catch (error) {
      // The other of two presses was quicker, while this one looked at the file.
      const quicker = key === null ? null : store.flowRuns.idByIdempotencyKey(key);
      if (quicker === null) throw error;
      return showDone(c, runPage(quicker), 'sent-before');
    }
  });

  app.post('/runs/:id/resume', async (c) => {
    await readForm(c);
    const run = findRun(store, c.req.param('id'));
    try {
      await executor.resume(run);
    } catch (error) {
      const row = store.flowRuns.byId(run.id);
      const goesOn = row !== null && row.ownerId !== null && !isFinal(row.state.type);
      if (isConflict(error) && goesOn) return showDone(c, runPage(run.id), 'goes-on');
      throw error;
    }
    return showDone(c, runPage(run.id), 'resumed');
  });

  app.post('/runs/:id/cancel', async (c) => {
    await readForm(c);
    const { id, state } = findRun(store, c.req.param('id'));
    const { kind } = await askToCancel({ store, events, now }, id, BY_PAGE);
    if (kind === 'final' && state.type !== 'CANCELLED')
      throw new WeirError('conflict', `run ${id} is ${state.name} already and stays so`, { hint: `weir show ${id}` });
    return showDone(c, runPage(id), kind === 'told' ? 'cancelling' : 'cancelled');
  });

  /** The form of its flow, with its parameters. */
  app.get('/runs/:id/again', (c) => {
    const run = findRun(store, c.req.param('id'));
    const deployment = deploymentOfRun(store, run);
    return c.redirect(flowAction(run.flow, 'run', { deployment: deployment?.name ?? null, from: run.id }), 302);
  });
}

/** The button of one page starts one run, however often it is pressed. */
function keyOf(once: string | undefined, run: number): string | null {
  return once === undefined ? null : `page:rerun:${run}:${createHash('sha256').update(once).digest('hex')}`;
}

function isConflict(error: unknown): boolean {
  return error instanceof WeirError && error.code === 'conflict';
}

/** Whose file cannot be read now can still be retried with the code that it had. */
function brokenFile(run: FlowRunRow, given: { from: string | undefined; only: string | undefined }, error: WeirError) {
  const { id } = run;
  const flags = Object.entries(given).flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]));
  const action: Action = {
    kind: 'post',
    label: 'Retry with the code that it had',
    to: runAction(id, 'retry'),
    fields: { ...Object.fromEntries(flags), same_code: '1' },
    command: commandLine(
      ...['weir', 'retry', String(id), ...flags.flatMap(([name, text]) => [`--${name}`, text]), '--same-code'],
    ),
  };
  const problem = { status: 422, sentence: error.message, hint: 'nothing was changed; mend the file and retry, or' };
  return {
    title: `Not retried: run ${id}`,
    content: ProblemPage({ ...problem, actions: [action], back: { to: runPage(id), label: `Run ${id}` } }),
  };
}
