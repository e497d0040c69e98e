/** POST /runs/:id/retry, rerun, resume, cancel: what `weir` does with a run, from its page. */
import type { Hono } from 'hono';
import { askToCancel } from '../../engine/verbs/cancel.ts';
import { flowAsItIsNow, paramsOf, rerun } from '../../engine/verbs/rerun.ts';
import { retryRun } from '../../engine/verbs/retry-run.ts';
import { WeirError } from '../../model/errors.ts';
import { refuseParamFaults } from '../../model/param-faults.ts';
import { commandLine } from '../../model/shell-word.ts';
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
      const isKept = run.codeHash !== null && store.codeVersions.has(run.codeHash);
      if (!(error instanceof WeirError) || error.code !== 'invalid-flow' || wish.sameCode || !isKept) throw error;
      return pages.send(c, () => brokenFile(run, { from, only }, error), 422);
    }
  });

  app.post('/runs/:id/rerun', async (c) => {
    await readForm(c);
    const run = findRun(store, c.req.param('id'));
    const flow = await flowAsItIsNow({ store, describe }, run);
    const params = paramsOf(run);
    refuseParamFaults(params, flow.paramsSchema);
    const runId = await rerun({ store, events, now }, run, { flow, params, trigger: 'page' });
    executor.nudge();
    return showDone(c, runPage(runId), 'rerun');
  });

  app.post('/runs/:id/resume', async (c) => {
    await readForm(c);
    const run = findRun(store, c.req.param('id'));
    await executor.resume(run);
    return showDone(c, runPage(run.id), 'resumed');
  });

  app.post('/runs/:id/cancel', async (c) => {
    await readForm(c);
    const { id, state } = findRun(store, c.req.param('id'));
    const { kind } = await askToCancel({ store, events, now }, id, BY_PAGE);
    if (kind === 'final')
      throw new WeirError('conflict', `run ${id} is ${state.name} already and stays so`, { hint: `weir show ${id}` });
    return showDone(c, runPage(id), kind === 'cancelled' ? 'cancelled' : 'cancelling');
  });

  /** The form of its flow, with its parameters. */
  app.get('/runs/:id/again', (c) => {
    const run = findRun(store, c.req.param('id'));
    const deployment = deploymentOfRun(store, run);
    return c.redirect(flowAction(run.flow, 'run', { deployment: deployment?.name ?? null, from: run.id }), 302);
  });
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
