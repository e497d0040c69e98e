/** What the demo trains, week by week, is what pages show: the figures are those of `weir model inspect --json`. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createEvents } from '../../../src/engine/events.ts';
import { modelJson } from '../../../src/engine/tell/model-json.ts';
import { createApp } from '../../../src/http/app.ts';
import { briefFigure, formatFigure } from '../../../src/web/charts/scale.ts';
import { engineWorld } from '../../support/engine-world.ts';

const MODEL = 'seattle-temperature';
const WEEKS = 4;

test('after several weeks of the demo, the pages of the model and of its flow have the figures of the registry', async () => {
  const world = await engineWorld();
  cpSync(join(import.meta.dirname, '../../../src/templates/weekly-retrain'), world.folder, { recursive: true });
  for (let week = 1; week <= WEEKS; week++) {
    const run = await (await world.startFile(join(world.folder, 'flow.ts'), { params: { week } })).ended;
    expect(run.state.name).toBe('Completed');
  }
  const { store } = world.engine;
  const told = modelJson(store, MODEL);
  expect(told.versions).toHaveLength(WEEKS);
  const app = createApp({ store, events: createEvents(), now: Date.now, version: '1.2.3', zone: 'UTC' });

  const model = await (await app.request(`/models/${MODEL}`)).text();
  for (const { version, metrics, params, run } of told.versions) {
    const row = model.match(new RegExp(`<tr id="v${version}">.*?</tr>`))?.[0] ?? '';
    const [shown] = [...row.matchAll(/<td class="n">([\d.]+)</g)].map(([, text]) => Number(text));
    expect(shown).toBe(Number(formatFigure(metrics.rmse ?? Number.NaN)));
    expect(row).toContain(`candidate ${params.candidate}`);
    expect(row).toContain(`<a href="/runs/${run}">${run}</a>`);
  }
  const decisions = model.match(/<section id="decisions">.*<\/section>/)?.[0] ?? '';
  for (const { candidate, candidate_value, production_value, promoted } of told.decisions) {
    const row = decisions.match(new RegExp(`<tr><th scope="row" class="n">${candidate}</th>.*?</tr>`))?.[0] ?? '';
    expect(row).toContain(promoted ? 'Promoted' : 'Rejected');
    for (const value of [candidate_value, production_value])
      if (value !== null) expect(row).toContain(`<td class="n">${briefFigure(value)}<`);
  }
  const production = told.versions.find(({ stage }) => stage === 'Production');
  expect(model).toContain(`<b>Version ${production?.version}</b> is in production with rmse`);

  const flow = await (await app.request('/flows/weekly-retrain')).text();
  for (const { run, metrics } of told.versions)
    expect(flow).toContain(
      `<a href="/runs/${run}">${run}</a></th><td class="n">${formatFigure(metrics.rmse ?? Number.NaN)}</td>`,
    );
  expect(flow).toContain('to beat');
  app.stop();
});
