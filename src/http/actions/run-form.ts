/**
 * GET and POST /flows/:name/run: the form of a flow's parameters, and the run that it starts. Nothing typed is lost: with
 * a value that cannot be, the form comes back with all of them and what is wrong beside each.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { paramsOf } from '../../engine/verbs/rerun.ts';
import { startRun } from '../../engine/verbs/start-run.ts';
import { WeirError } from '../../model/errors.ts';
import { FURTHER, type ParamEntry, type ParamTexts, readParamEntry } from '../../model/param-entry.ts';
import { type ParamForm, paramForm, valueText } from '../../model/param-form.ts';
import { toPlainJson } from '../../model/plain-json.ts';
import { commandLine } from '../../model/shell-word.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import { runPage } from '../../web/address.ts';
import { FORM_STYLE } from '../../web/pages/form/form-style.ts';
import { fieldId, fieldName } from '../../web/pages/form/param-field.tsx';
import { FURTHER_ID, NotDeployed, RunForm, type RunFormData } from '../../web/pages/form/run-form.tsx';
import { findRun } from '../find-run.ts';
import type { PageContent } from '../send-page.ts';
import { type ChosenDeployment, chooseDeployment, deployedOrRefuse, deploymentTitle } from './choose-deployment.ts';
import { type ActionParts, given, readForm, showDone } from './form.ts';

/** In the list above the form; beside its field stands all of it. */
const LONGEST_FAULT = 300;

/** What stands in the form. */
interface Typed {
  readonly texts: ParamTexts;
  readonly further: string;
  readonly from: FlowRunRow | null;
  readonly once: string;
}

export function bindRunForm(app: Hono, parts: ActionParts): void {
  const { store, events, now, executor, pages } = parts;

  app.get('/flows/:name/run', (c) =>
    pages.send(c, () => {
      const flow = c.req.param('name');
      const chosen = chooseDeployment(store, flow, c.req.query('deployment'));
      if (chosen === null) return notDeployed(store, flow);
      const from = c.req.query('from');
      const typed = prefilled(chosen, from === undefined ? null : findRun(store, from));
      return formPage(chosen, typed, { entry: null, isChecked: false });
    }),
  );

  app.post('/flows/:name/run', async (c) => {
    const form = await readForm(c);
    const deployment = deployedOrRefuse(store, c.req.param('name'), given(form, 'deployment'));
    const { paramsSchema, params: own } = deployment;
    const chosen = chooseDeployment(store, deployment.flow, deployment.name) as ChosenDeployment;
    const fields = paramForm(paramsSchema, own);
    const typed = readTyped(store, form, fields);
    // A button without a form says it in its address.
    const once = given(form, 'once') ?? c.req.query('once');
    const entry = readParamEntry(fields, typed.texts, typed.further, paramsSchema, own);
    const isOnlyChecked = given(form, 'do') === 'check';
    if (entry.faults.length > 0) return answerForm(c, formPage(chosen, typed, { entry, isChecked: false }), 422);
    if (isOnlyChecked) return answerForm(c, formPage(chosen, typed, { entry, isChecked: true }), 200);
    const started = await startRun({ store, events, now }, deployment, {
      params: entry.params,
      trigger: 'page',
      ...keyOf(once, deployment.id, typed),
    });
    executor.nudge();
    return showDone(c, runPage(started.runId), started.isNew ? 'started' : 'sent-before');
  });

  function answerForm(c: Context, content: PageContent, status: 200 | 422): Response {
    return pages.send(c, () => content, status);
  }
}

/** The same form with the same values is one run, however often it is sent; with other values it is another. */
function keyOf(once: string | undefined, deploymentId: number, { texts, further }: Typed): { idempotencyKey?: string } {
  if (once === undefined) return {};
  const said = JSON.stringify([once, deploymentId, [...texts], further]);
  return { idempotencyKey: `page:${createHash('sha256').update(said).digest('hex')}` };
}

function readTyped(store: Store, form: URLSearchParams, { fields }: ParamForm): Typed {
  const from = given(form, 'from');
  // The last one: a box that is ticked comes after what says that it is not.
  const texts = fields.flatMap(({ name }): [string, string][] => {
    const text = form.getAll(fieldName(name)).at(-1);
    return text === undefined ? [] : [[name, text]];
  });
  return {
    texts: new Map(texts),
    further: form.get('params') ?? '',
    from: from === undefined ? null : findRun(store, from),
    once: given(form, 'once') ?? randomUUID(),
  };
}

/** The values of another run of the flow, as they would be typed. */
function prefilled({ deployment }: ChosenDeployment, from: FlowRunRow | null): Typed {
  const once = randomUUID();
  if (from === null) return { texts: new Map(), further: '', from, once };
  if (from.flow !== deployment.flow)
    throw new WeirError('conflict', `run ${from.id} is one of ${from.flow}, not of ${deployment.flow}`);
  const { fields, isOpen } = paramForm(deployment.paramsSchema, deployment.params);
  const values = paramsOf(from);
  const known = new Set(fields.map(({ name }) => name));
  const rest = Object.entries(values).filter(([name]) => !known.has(name));
  return {
    texts: new Map(
      Object.entries(values)
        .filter(([name]) => known.has(name))
        .map(([name, value]) => [name, valueText(value)]),
    ),
    further: isOpen && rest.length > 0 ? JSON.stringify(toPlainJson(Object.fromEntries(rest)), null, 2) : '',
    from,
    once,
  };
}

/** `entry`: what came of the values; null: nothing was sent yet. */
function formPage(
  chosen: ChosenDeployment,
  typed: Typed,
  { entry, isChecked }: { readonly entry: ParamEntry | null; readonly isChecked: boolean },
): PageContent {
  const { deployment, all } = chosen;
  const { paramsSchema, params: own, flow } = deployment;
  const form = paramForm(paramsSchema, own);
  const faults = entry?.faults ?? [];
  const { flags } = entry ?? readParamEntry(form, typed.texts, typed.further, paramsSchema, own);
  const places = new Map(form.fields.map(({ name }, place) => [name, place]));
  const errorOf = (name: string) => faults.find(({ field }) => field === name)?.message;
  const known = new Set([...places.keys()]);
  const { from } = typed;
  const data: RunFormData = {
    flow,
    deployment: deployment.name,
    description: deployment.description,
    others: all.map(({ name }) => name).filter((name) => name !== deployment.name),
    from: from?.id ?? null,
    fields: form.fields.map((field) => ({
      field,
      text: typed.texts.get(field.name) ?? '',
      error: errorOf(field.name),
      from: from === null ? null : `run ${from.id}`,
    })),
    further: form.isOpen ? { text: typed.further, error: errorOf(FURTHER) } : null,
    dropped: from === null || form.isOpen ? [] : Object.keys(paramsOf(from)).filter((name) => !known.has(name)),
    errors: faults.map(({ field, message }) => {
      const place = places.get(field);
      return {
        id: place === undefined ? FURTHER_ID : fieldId(place),
        text: `${field === FURTHER ? 'Parameters' : field}: ${message}`.slice(0, LONGEST_FAULT),
      };
    }),
    command: commandLine('weir', 'deployment', 'run', deploymentTitle(chosen), ...flags),
    isChecked,
    once: typed.once,
    broken: deployment.broken,
  };
  const title = `${faults.length > 0 ? 'Not started: run' : 'Run'} ${deploymentTitle(chosen)}`;
  return { title, active: 'flows', style: FORM_STYLE, content: RunForm({ data }) };
}

function notDeployed(store: Store, flow: string): PageContent {
  const last = store.flowRuns.latestOfFlow(flow, 0);
  const command = last === null ? 'weir run FILE' : commandLine('weir', 'run', last.path);
  return { title: `Run ${flow}`, active: 'flows', style: FORM_STYLE, content: NotDeployed({ flow, command }) };
}
