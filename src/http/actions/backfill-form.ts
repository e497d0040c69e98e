/** /flows/:name/backfill: GET shows which runs would be made, POST makes just those. */
import type { Context, Hono } from 'hono';
import { type BackfillPlan, type BackfillWish, carryOutBackfill } from '../../engine/schedule/backfill.ts';
import { backfillWish, planBackfillOf, zoneOfSchedules } from '../../engine/schedule/backfill-wish.ts';
import { WeirError } from '../../model/errors.ts';
import { filterWord, joinFilter } from '../../model/filter-text.ts';
import { commandLine } from '../../model/shell-word.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import { runsWhere } from '../../web/address.ts';
import { BackfillForm, type BackfillFormData, type BackfillPreview } from '../../web/pages/form/backfill-form.tsx';
import { FORM_STYLE } from '../../web/pages/form/form-style.ts';
import { parseNumber } from '../query.ts';
import type { PageContent } from '../send-page.ts';
import { type ChosenDeployment, chooseDeployment, deployedOrRefuse, deploymentTitle } from './choose-deployment.ts';
import { type ActionParts, inOneSentence, readForm, showDone } from './form.ts';

type Words = BackfillFormData['words'];
type Fault = NonNullable<BackfillFormData['error']>;

const SLOTS_SHOWN = 10;
/** Nobody else is served meanwhile: the command line looks at ten times as many. */
const MOST_LOOKED_AT = 5000;
const MOST_AT_ONCE = 10_000;

interface Planned {
  readonly wish: BackfillWish;
  readonly plan: BackfillPlan;
}

export function bindBackfillForm(app: Hono, parts: ActionParts): void {
  const { store, now, executor, pages } = parts;

  app.get('/flows/:name/backfill', (c) => {
    const words = wordsOf((name) => c.req.query(name));
    const deployment = deployedOrRefuse(store, c.req.param('name'), c.req.query('deployment'));
    // A form that was sent without its begin says so; one that was only opened does not.
    const isAsked = c.req.query('from') !== undefined;
    const outcome = isAsked ? planned(deployment, words) : null;
    return answer(c, deployment, words, outcome);
  });

  app.post('/flows/:name/backfill', async (c) => {
    const form = await readForm(c);
    const words = wordsOf((name) => form.get(name) ?? undefined);
    const deployment = deployedOrRefuse(store, c.req.param('name'), form.get('deployment') ?? undefined);
    const outcome = planned(deployment, words);
    if ('sentence' in outcome || outcome.plan.slots.length === 0) return answer(c, deployment, words, outcome);
    await carryOutBackfill(store, outcome.wish, outcome.plan, now());
    executor.nudge();
    const name = `${deployment.flow}/${deployment.name}`;
    const filter = joinFilter([filterWord('deployment', name), 'trigger:backfill']);
    return showDone(c, runsWhere(filter), 'backfilled');
  });

  function planned(deployment: DeploymentRow, words: Words): Planned | Fault {
    try {
      const max = parseNumber('max', words.max, 1, MOST_AT_ONCE, 1);
      const wish = backfillWish(
        store,
        deployment,
        {
          max,
          newestFirst: words.newestFirst,
          ...(words.from === '' ? {} : { from: words.from }),
          ...(words.to === '' ? {} : { to: words.to }),
          ...(words.schedule === '' ? {} : { schedule: words.schedule }),
        },
        { now: now(), zone: null },
      );
      return { wish, plan: planBackfillOf(store, wish, now(), MOST_LOOKED_AT) };
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      return faultOf(error);
    }
  }

  function answer(c: Context, deployment: DeploymentRow, words: Words, outcome: Planned | Fault | null): Response {
    const error = outcome !== null && 'sentence' in outcome ? outcome : null;
    const done = outcome === null || 'sentence' in outcome ? null : outcome;
    return pages.send(
      c,
      (clock): PageContent => {
        const chosen = chooseDeployment(store, deployment.flow, deployment.name) as ChosenDeployment;
        const schedules = store.ledger.schedulesEver(deployment.id);
        const title = deploymentTitle(chosen);
        const data: BackfillFormData = {
          flow: deployment.flow,
          deployment: deployment.name,
          title,
          schedules: schedules.map(({ identity }) => identity),
          words,
          error,
          preview: done === null ? null : previewOf(done),
          command: commandOf(title, words),
        };
        // Due times are told, and meant, on the clock of their schedule.
        const own = { ...clock, zone: schedules.length === 0 ? clock.zone : zoneOfSchedules(schedules) };
        return {
          title: `Backfill ${title}`,
          active: 'flows',
          style: FORM_STYLE,
          content: BackfillForm({ data, clock: own }),
        };
      },
      error === null ? 200 : 400,
    );
  }
}

function wordsOf(read: (name: string) => string | undefined): Words {
  const text = (name: string) => (read(name) ?? '').trim();
  return {
    from: text('from'),
    to: text('to'),
    max: text('max'),
    newestFirst: text('newest') !== '',
    schedule: text('schedule'),
  };
}

function previewOf({ wish, plan }: Planned): BackfillPreview {
  const times = plan.slots.map(({ at }) => at);
  return {
    count: plan.slots.length,
    left: plan.left,
    first: times.length === 0 ? null : Math.min(...times),
    last: times.length === 0 ? null : Math.max(...times),
    slots: plan.slots.slice(0, SLOTS_SHOWN),
    from: new Date(wish.from).toISOString(),
    to: new Date(wish.to).toISOString(),
    max: wish.max,
  };
}

/** The sentences are those of the command line, whose flags are fields here. */
function faultOf(error: WeirError): Fault {
  const sentence = inOneSentence(error);
  const named = /^(from|to|max)\b/.exec(sentence)?.[1] as 'from' | 'to' | 'max' | undefined;
  return { field: named ?? (error.code === 'not-found' ? 'schedule' : null), sentence };
}

function commandOf(title: string, { from, to, max, newestFirst, schedule }: Words): string {
  return commandLine(
    ...['weir', 'deployment', 'backfill', title, '--from', from || '7d'],
    ...(to === '' ? [] : ['--to', to]),
    ...(max === '' ? [] : ['--max', max]),
    ...(schedule === '' ? [] : ['--schedule', schedule]),
    ...(newestFirst ? ['--newest-first'] : []),
  );
}
