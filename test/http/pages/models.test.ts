/** The pages of the registry: all models, one model, and the file of a version. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { modelJson } from '../../../src/engine/tell/model-json.ts';
import { encode } from '../../../src/model/codec.ts';
import type { StoredContent } from '../../../src/store/content.ts';
import type { Store } from '../../../src/store/store.ts';
import { briefFigure, formatFigure } from '../../../src/web/charts/scale.ts';
import { appWorld, NOW } from '../world.ts';

const HOSTILE = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>&amp;`;

interface Week {
  readonly value: number;
  /** Of what is in production, on the same data. */
  readonly production?: number | null;
  readonly params?: Record<string, unknown>;
  readonly run?: number | null;
}

/** One version a week, each compared with what is in production by then. */
function trainWeeks(store: Store, model: string, weeks: readonly Week[]): void {
  const rule = { metric: 'rmse', goal: 'min', margin: 0.01, minimum: null, dataIdentity: 'held out' } as const;
  // Each is flushed to the disk: a thousand versions share the first few.
  const contents = weeks.slice(0, 5).map((_, index) => store.content.put(encode({ week: index + 1 }, 'model')));
  store.overview.inSnapshot(() => {
    for (const [index, { value, production = null, params = {}, run = index + 1 }] of weeks.entries()) {
      const now = NOW - (weeks.length - index) * 7 * 86_400_000;
      const { hash, size } = contents[index % contents.length] as StoredContent;
      const origin = run === null ? null : { flowRunId: run, taskRunId: null };
      const labels = { metrics: { rmse: value }, params, tags: {} };
      const file = { contentHash: hash, size, format: 'value', fileName: 'model.bin' } as const;
      const { version } = store.registry.register({ model, ...file, labels, origin, now });
      const current = store.modelLists.summary(model).production;
      const compared = { candidate: version, candidateValue: value, production: current };
      const productionValue = current === null ? null : (production ?? value);
      store.registry.decide({ model, rule, ...compared, productionValue, origin, decidedBy: `run ${run}`, now });
    }
  });
}

const WEEKS: readonly Week[] = [
  { value: 2.5 },
  { value: 2.4, production: 2.5 },
  { value: 2.6, production: 2.3 },
  { value: 2.2123456789, production: 2.45, params: { candidate: 'ridge 100' } },
  { value: 2.205, production: 2.21 },
];

describe('the list of models', () => {
  it('of an empty file says how one is registered', async () => {
    const page = await appWorld().text('/models');
    expect(page).toContain('No model has been registered yet.');
    expect(page).toContain('weir model register NAME FILE');
  });

  it('says what is in production, its figure, since when, by which run, and draws the figure over versions', async () => {
    const world = appWorld();
    trainWeeks(world.store, 'temperature', WEEKS);
    const page = await world.text('/models');
    expect(page).toContain('One model is registered.');
    expect(page).toContain('<a href="/models/temperature">temperature</a>');
    expect(page).toContain('<td>version 4</td>');
    expect(page).toContain('2.212<span class="sub">rmse</span>');
    expect(page).toContain('<a href="/runs/4">run 4</a>');
    expect(page).toContain('14 days ago');
    expect(page).toContain('aria-label="rmse over the last 5 versions: 2.5 to 2.205"');
  });

  it('goes on page by page, finds by a part of a name, and says when there is none', async () => {
    const world = appWorld();
    for (let index = 0; index < 45; index++)
      trainWeeks(world.store, `model-${String(index).padStart(2, '0')}`, [{ value: 1 }]);
    const first = await world.text('/models');
    expect(first).toContain('45 models are registered.');
    expect(first).toContain('model-39');
    expect(first).not.toContain('model-40');
    const second = await world.text('/models?after=model-39');
    expect(second).toContain('model-44');
    expect(second).not.toContain('model-39<');
    const found = await world.text('/models?q=EL-4');
    expect(found).toContain('model-41');
    expect(found).not.toContain('model-39');
    expect(await world.text('/models?q=%3Cb%3E')).toContain('No model has &quot;&lt;b&gt;&quot; in its name.');
  });
});

describe('the page of a model', () => {
  it('shows the figures of weir model inspect --json, of each version and of each decision', async () => {
    const world = appWorld();
    trainWeeks(world.store, 'temperature', WEEKS);
    const page = await world.text('/models/temperature');
    const told = modelJson(world.store, 'temperature');
    expect(told.versions).toHaveLength(5);
    for (const { version, stage, metrics, run } of told.versions) {
      const row = page.match(new RegExp(`<tr id="v${version}">.*?</tr>`))?.[0] ?? '';
      expect(Number(/<td class="n">([\d.]+)</.exec(row)?.[1])).toBe(Number(formatFigure(metrics.rmse ?? 0)));
      expect(row).toContain(stage === 'None' ? 'none' : stage);
      expect(row).toContain(`<a href="/runs/${run}">${run}</a>`);
    }
    const decisions = page.match(/<section id="decisions">.*<\/section>/)?.[0] ?? '';
    for (const { candidate, candidate_value, production, production_value, promoted } of told.decisions) {
      const row = decisions.match(new RegExp(`<tr><th scope="row" class="n">${candidate}</th>.*?</tr>`))?.[0] ?? '';
      expect(row).toContain(promoted ? 'Promoted' : 'Rejected');
      expect(row).toContain(`<td class="n">${briefFigure(candidate_value ?? 0)}</td>`);
      if (production_value !== null)
        expect(row).toContain(`${briefFigure(production_value)}<span class="sub">version ${production}</span>`);
    }
  });

  it('says what is in production, draws the bar that a candidate had to clear, and rings those that were promoted', async () => {
    const world = appWorld();
    trainWeeks(world.store, 'temperature', WEEKS);
    const page = await world.text('/models/temperature');
    expect(page).toContain('<b>Version 4</b> is in production with rmse <b>2.212</b>');
    expect(page).toContain(
      'aria-label="rmse: 5 points from 2.5 (version 1) to 2.205 (version 5), best 2.205 (version 5)"',
    );
    expect(page).toContain('to beat: production and the margin, on the same data');
    expect(page).toContain('rmse: candidate less production');
    // versions 1, 2 and 4 on the first chart, 2 and 4 on the second: nothing was compared with the first
    expect(page.match(/<circle cx="[\d.]+%" cy="[^"]*" r="7"/g)).toHaveLength(5);
  });

  it('offers what can be done: promote each other version, and roll back', async () => {
    const world = appWorld();
    trainWeeks(world.store, 'temperature', WEEKS);
    const page = await world.text('/models/temperature');
    expect(page).toContain('action="/models/temperature/promote"');
    expect(page).toContain('name="version" value="5">Promote');
    expect(page).not.toContain('name="version" value="4"');
    expect(page).toContain('Roll back to 2');
    expect(page).toContain('weir model promote temperature VERSION');
  });

  it('tells a rollback and what it undid', async () => {
    const world = appWorld();
    trainWeeks(world.store, 'temperature', WEEKS);
    const { registry, overview } = world.store;
    overview.inSnapshot(() => registry.rollback({ model: 'temperature', by: 'alice', origin: null, now: NOW }));
    const page = await world.text('/models/temperature');
    expect(page).toContain('<b>Version 2</b> is in production');
    expect(page).toContain('promoted by alice');
    expect(page).toContain('Rolled back');
    expect(page).toContain('undone by a rollback');
  });

  it('of one version without figures has neither chart nor decision, and says how to decide', async () => {
    const world = appWorld();
    const { hash, size } = world.store.content.put(new Uint8Array([1]));
    const file = { contentHash: hash, size, format: 'file', fileName: 'm.pkl' } as const;
    const labels = { metrics: {}, params: {}, tags: {} };
    world.store.overview.inSnapshot(() =>
      world.store.registry.register({ model: 'plain', ...file, labels, origin: null, now: NOW }),
    );
    const page = await world.text('/models/plain');
    expect(page).toContain('No version is in production. One version so far.');
    expect(page).toContain('weir model promote-if-better plain FILE --metric NAME');
    expect(page).not.toContain('<figure');
  });

  it('of a thousand versions shows thirty-two a page, charts the newest fifty-two, and stays small', async () => {
    const world = appWorld();
    const weeks = Array.from(
      { length: 1000 },
      (_, index): Week => ({
        value: 3 + Math.sin(index) / 10,
        production: 3,
        params: { candidate: 'a very long name of what was tried '.repeat(5) },
      }),
    );
    trainWeeks(world.store, 'long', weeks);
    const page = await world.text('/models/long');
    expect(page).toContain('32 of 1000');
    expect(page).toContain('the newest 52 of 1000');
    expect(page).toContain('href="/models/long?before=969#versions"');
    expect(page.length).toBeLessThan(50 * 1024);
    expect(gzipSync(page).length).toBeLessThan(12 * 1024);
    const older = await world.text('/models/long?before=33');
    expect(older).toContain('id="v32"');
    expect(older).toContain('id="v1"');
    expect(older).not.toContain('id="v33"');
    expect((await world.get('/models/long?before=x')).status).toBe(400);
  });

  it('of an unknown model says which there are', async () => {
    const world = appWorld();
    trainWeeks(world.store, 'temperature', WEEKS);
    const response = await world.get('/models/temperatur');
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('did you mean &quot;temperature&quot;?');
  });

  it('escapes whatever names and values hold', async () => {
    const world = appWorld();
    const name = HOSTILE.replaceAll('/', '');
    trainWeeks(world.store, name, [
      { value: 1, params: { [HOSTILE]: HOSTILE } },
      { value: 0.5, production: 1 },
    ]);
    for (const path of ['/models', `/models/${encodeURIComponent(name)}`]) {
      const response = await world.get(path);
      expect(response.status).toBe(200);
      const page = await response.text();
      expect(page).not.toContain('<script>alert');
      expect(page).not.toContain('<img');
    }
    expect(world.faults).toEqual([]);
  });
});

describe('the file of a version', () => {
  it('is a download with the bytes that were registered; of a value its JSON', async () => {
    const world = appWorld();
    const bytes = new TextEncoder().encode('a model');
    const { hash, size } = world.store.content.put(bytes);
    const labels = { metrics: {}, params: {}, tags: {} };
    const file = { contentHash: hash, size, format: 'file', fileName: `m"'ü.pkl` } as const;
    world.store.overview.inSnapshot(() =>
      world.store.registry.register({ model: 'm', ...file, labels, origin: null, now: NOW }),
    );
    const response = await world.get('/models/m/versions/1/file');
    expect(await response.text()).toBe('a model');
    expect(response.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''m%22%27%C3%BC.pkl");
    trainWeeks(world.store, 'temperature', WEEKS);
    expect(await world.text('/models/temperature/versions/3/file')).toBe('{"week":3}\n');
    expect((await world.get('/models/temperature/versions/9/file')).status).toBe(404);
    expect((await world.get('/models/temperature/versions/latest/file')).status).toBe(404);
  });
});
