/**
 * Every Monday: take the week's new data, train several candidates on it, and put the best of them into Production
 * if it forecasts better than the model that is there, on the same eight weeks that neither of them has seen.
 *
 *   weir run flow.ts                the week after the last one
 *   weir run flow.ts -p week=7      a certain one
 *   weir up .                       every Monday at six
 *
 * The forecast: tomorrow's maximum temperature in Seattle. The story is in this file, top to bottom; what a task does
 * is in the file it comes from. Tasks run on other threads (`runner: 'parallel'`), so they stand at the top level of
 * the file, and what goes in and comes out is plain data.
 */
import { join } from 'node:path';
import { artifact, context, flow, log, metric, models, progress, Skipped, task, unmapped, z } from 'weir';
import { lineChart } from './chart.ts';
import { checkDays, LAST_WEEK, readDays } from './data.ts';
import { buildFeatures, holdOut, type Split } from './features.ts';
import { type Candidate, candidateSpecs, fitModel, type Model, nameOf, rmse, type Spec } from './regressors.ts';
import { candidateRows, type Outcome, summaryText, weekChart, weeksOf } from './report.ts';

const MODEL = 'seattle-temperature';

/** Long enough for calm weeks and stormy ones, short enough to be the same season. */
const HELD_OUT_WEEKS = 8;

/** °C. Less than this is luck, all the more since the best of several is picked on the weeks it is then judged on. */
const MARGIN = 0.01;

/** A task, so that a resumed run goes on with the week it began, though that week may be in the registry by now. */
const nextWeek = task({ name: 'next-week' }, async () => {
  const weeks = (await models.list(MODEL)).map((version) => Number(version.tags.week ?? 0));
  return Math.max(0, ...weeks) + 1;
});

/** Reads a file here. In real life this is a download: the step that fails, hence the retries. */
const ingest = task(
  { name: 'ingest', retries: 3, retryDelay: ['1s', '10s', '1m'], timeout: '1m' },
  async (week: number) => {
    const days = await readDays(join(context().dir, 'data', 'seattle-weather.csv'), week);
    log.info(`${days.length} days are known by week ${week}`, { days: days.length, week });
    return days;
  },
);

const check = task({ name: 'check' }, checkDays);

/** The same days give the same table: a second run of a week takes it from the cache. */
const features = task({ name: 'features', cache: { key: 'inputs', expires: '7d' } }, buildFeatures);

const split = task({ name: 'hold-out' }, holdOut);

const train = task(
  { name: 'train', timeout: '5m', runName: (_, spec) => nameOf(spec) },
  (parts: Split, spec: Spec): Candidate => {
    const model = fitModel(spec, parts.train, (done, total) => progress(done, total, 'trees'));
    return { name: nameOf(spec), spec, model, rmse: rmse(model, parts.heldOut) };
  },
);

const choose = task({ name: 'choose' }, (candidates: Candidate[]): Candidate => {
  const [best] = candidates.toSorted((a, b) => a.rmse - b.rmse);
  if (best === undefined) throw new Error('There is no candidate to choose from.');
  return best;
});

export default flow(
  {
    name: 'weekly-retrain',
    description: "Tomorrow's maximum temperature in Seattle: retrain, compare with production, promote if better",
    params: z.object({
      week: z.int().min(1).optional().describe('Weeks of data after the first two years; without it, the next one'),
      penalties: z.array(z.number().positive()).default([1, 10, 100, 1000]).describe('Of the ridge regressions'),
    }),
    schedule: { cron: '0 6 * * MON' },
    runner: 'parallel',
    timeout: '30m',
  },
  async (params) => {
    const week = params.week ?? (await nextWeek());
    if (week > LAST_WEEK) return Skipped(`The data ends with week ${LAST_WEEK}; there is none for week ${week}.`);

    const days = ingest(week); // a future: an edge between tasks, not a value yet
    const report = await check(days); // throws here, before anything is trained on bad data
    const parts = split(features(days), HELD_OUT_WEEKS);
    const candidates = await train.map(unmapped(parts), candidateSpecs(params.penalties));
    const best = await choose(candidates);

    // Both are judged now, on the same weeks: a figure remembered from a sunnier month would be no comparison.
    const { heldOut } = await parts;
    const decision = await models.promoteIfBetter(MODEL, best.model, {
      metric: 'rmse',
      goal: 'min',
      margin: MARGIN,
      evaluate: (model: Model) => rmse(model, heldOut),
      tags: { week: String(week) },
      params: { candidate: best.name, days: String(report.days) },
    });

    const outcome: Outcome = {
      week,
      rows: report.days,
      best: { name: best.name, rmse: decision.candidateValue },
      production:
        decision.production === null || decision.productionValue === null
          ? null
          : { version: decision.production, rmse: decision.productionValue },
      promoted: decision.promoted,
      version: decision.candidate,
    };
    metric('rmse', outcome.best.rmse);
    if (outcome.production !== null) metric('production_rmse', outcome.production.rmse);

    const history = weeksOf(await models.list(MODEL), await models.decisions(MODEL));
    artifact.table(candidateRows(candidates), { key: 'candidates', description: `Week ${week}, held-out weeks` });
    artifact.image({ svg: lineChart(weekChart(history)) }, { key: 'weeks' });
    artifact.markdown(summaryText(outcome, report, candidates, decision.reason), { key: 'summary' });
    return outcome;
  },
);
