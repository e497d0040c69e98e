/**
 * /runs/bulk: one thing done with many runs of the list. GET shows which, and how many it cannot be done with; POST does
 * it with just those that were shown. What is refused for one holds up no other, and is told.
 */
import type { Context, Hono } from 'hono';
import { askToCancel } from '../../engine/verbs/cancel.ts';
import { type Describe, retryRun } from '../../engine/verbs/retry-run.ts';
import { WeirError } from '../../model/errors.ts';
import type { RunFilter } from '../../model/run-filter.ts';
import { isFinal, isSuccess, type StateType } from '../../model/state.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import { BULK, runsWhere } from '../../web/address.ts';
import { BulkOutcome, BulkPage, type BulkVerb } from '../../web/pages/form/bulk.tsx';
import { FORM_STYLE } from '../../web/pages/form/form-style.ts';
import { listRuns } from '../run-list.ts';
import { readRunFilter } from '../run-query.ts';
import { type ActionParts, BY_PAGE, given, readForm, showDone } from './form.ts';

/** At once: what a person can still answer for. */
const MOST_RUNS = 1000;
/** Under way at the same time: their writes share transactions. */
const TOGETHER = 25;
const SHOWN = 10;

const VERBS: Readonly<
  Record<BulkVerb, { readonly types: readonly StateType[]; readonly done: 'bulk-retried' | 'bulk-cancelled' }>
> = {
  retry: { types: ['FAILED', 'CRASHED', 'CANCELLED'], done: 'bulk-retried' },
  cancel: { types: ['SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED'], done: 'bulk-cancelled' },
};

export function bindBulk(app: Hono, parts: ActionParts): void {
  const { store, events, now, executor, pages } = parts;

  app.get(BULK, (c) =>
    pages.send(c, (clock) => {
      const verb = verbOf(c.req.query('do'));
      const q = c.req.query('q') ?? '';
      const isAll = c.req.query('which') === 'all';
      const { rows, isCut } = isAll
        ? matching(c, verb, clock)
        : { rows: marked(c.req.queries('run') ?? []), isCut: false };
      const able = rows.filter((row) => canBe(verb, row));
      const data = {
        ...{ verb, filter: q, isCut, ids: able.map(({ id }) => id), shown: able.slice(0, SHOWN) },
        states: counted(able),
        unable: rows.length - able.length,
        isAll,
      };
      const title = able.length === 0 ? 'Nothing to do' : `${WORDS[verb]} ${able.length} runs?`;
      return { title, active: 'runs', filter: q, style: FORM_STYLE, content: BulkPage({ data, clock }) };
    }),
  );

  app.post(BULK, async (c) => {
    const form = await readForm(c);
    const verb = verbOf(given(form, 'do'));
    const filter = given(form, 'q') ?? '';
    const rows = marked((given(form, 'runs') ?? '').split(',').filter(Boolean));
    if (rows.length === 0) throw new WeirError('usage', 'no runs were chosen', { hint: 'mark some in the list first' });
    const describe = once(executor.describe);
    const refused: { id: number; flow: string; sentence: string }[] = [];
    for (let at = 0; at < rows.length; at += TOGETHER)
      await Promise.all(
        rows.slice(at, at + TOGETHER).map(async (row) => {
          try {
            await doOne(verb, row, describe);
          } catch (error) {
            if (!(error instanceof WeirError)) throw error;
            refused.push({ id: row.id, flow: row.flow, sentence: error.message });
          }
        }),
      );
    executor.nudge();
    if (refused.length === 0) return showDone(c, runsWhere(filter), VERBS[verb].done);
    const data = { verb, filter, done: rows.length - refused.length, refused: refused.sort((a, b) => b.id - a.id) };
    const title = `${refused.length} of ${rows.length} could not be done`;
    return pages.send(c, () => ({ title, active: 'runs', style: FORM_STYLE, content: BulkOutcome({ data }) }), 409);
  });

  async function doOne(verb: BulkVerb, row: FlowRunRow, describe: Describe): Promise<void> {
    if (verb === 'retry') return void (await retryRun({ store, events, now, describe }, row, {}, BY_PAGE));
    const { kind } = await askToCancel({ store, events, now }, row.id, BY_PAGE);
    if (kind === 'final') throw new WeirError('conflict', `run ${row.id} was over before`);
  }

  /** Newest first. @throws WeirError `usage` */
  function marked(ids: readonly string[]): FlowRunRow[] {
    if (ids.length > MOST_RUNS) throw new WeirError('usage', `more than ${MOST_RUNS} runs at once`);
    const rows = [...new Set(ids)].map((id) => (/^\d{1,15}$/.test(id) ? store.flowRuns.byId(Number(id)) : null));
    return rows.filter((row) => row !== null).sort((a, b) => b.id - a.id);
  }

  function matching(c: Context, verb: BulkVerb, { now: at, zone }: { readonly now: number; readonly zone: string }) {
    const asked = readRunFilter(c.req.queries(), at, zone);
    const { rows, older } = listRuns(store, narrowed(asked, verb), null, MOST_RUNS);
    return { rows, isCut: older !== null };
  }
}

const WORDS: Readonly<Record<BulkVerb, string>> = { retry: 'Retry', cancel: 'Cancel' };

function verbOf(text: string | undefined): BulkVerb {
  if (text === 'retry' || text === 'cancel') return text;
  throw new WeirError('usage', `"${(text ?? '').slice(0, 50)}" cannot be done with many runs; retry and cancel can`);
}

/** Among all runs of a flow those that failed may lie deep: where no state is asked for, only such are looked for. */
function narrowed(filter: RunFilter, verb: BulkVerb): RunFilter {
  const isAsked = filter.stateTypes.length + filter.stateNames.length > 0;
  return isAsked ? filter : { ...filter, stateTypes: VERBS[verb].types };
}

/** Subflows go with the run that called them. */
function canBe(verb: BulkVerb, { state, parentRunId }: FlowRunRow): boolean {
  if (parentRunId !== null) return false;
  return verb === 'retry'
    ? isFinal(state.type) && !isSuccess(state.type)
    : !isFinal(state.type) && state.type !== 'CANCELLING';
}

function counted(rows: readonly FlowRunRow[]) {
  return [...Map.groupBy(rows, ({ state }) => state.name)].map(([name, group]) => ({ name, count: group.length }));
}

/** A file that many runs share is loaded once for all of them. */
function once(describe: Describe): Describe {
  const known = new Map<string, ReturnType<Describe>>();
  return (path, options) => {
    if (options?.code !== undefined) return describe(path, options);
    const key = `${options?.infrastructure} ${path}`;
    const answer = known.get(key) ?? describe(path, options);
    known.set(key, answer);
    return answer;
  };
}
