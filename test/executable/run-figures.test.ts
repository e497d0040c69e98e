/** The page of a run tells the figures of the command line: what `weir show --json` and `weir model inspect --json` say. */
import { expect, test } from 'vitest';
import { weirWorld } from '../support/weir.ts';

interface ModelJson {
  readonly decisions: readonly {
    readonly run: number;
    readonly candidate: number;
    readonly candidate_value: number;
    readonly production: number | null;
    readonly production_value: number | null;
    readonly promoted: boolean;
  }[];
}

const WEEKS = [1, 2, 3, 4];

test('of every run of the weekly retraining', async () => {
  const world = weirWorld();
  const cwd = world.folder;
  expect((await world.weir(['init', 'demo', '--template', 'weekly-retrain'], { cwd })).code).toBe(0);
  for (const week of WEEKS) {
    const { code, stderr } = await world.weir(['run', 'demo/flow.ts', '-p', `week=${week}`], { cwd });
    expect([code, stderr]).toEqual([0, expect.any(String)]);
  }
  const server = world.start(['server', 'start', '--port', '0'], { cwd });
  const [, url = ''] = await server.until(/(http:\/\/\S+) shows what runs/);
  const { decisions } = await world.json<ModelJson>(['model', 'inspect', 'seattle-temperature']);
  expect(decisions).toHaveLength(WEEKS.length);
  // A kept and a promoted one at least, or nothing is told of one of them here.
  expect(new Set(decisions.map(({ promoted }) => promoted)).size).toBe(2);

  for (const [index, decision] of decisions.entries()) {
    const run = await world.show(decision.run);
    const page = await (await fetch(`${url}/runs/${run.id}`)).text();
    const figures = sectionOf(page, 'values');
    const compared = figuresIn(figures.split('<h2>Metrics')[0] ?? '');
    expect(compared).toEqual([decision.candidate_value, decision.production_value].filter((value) => value !== null));
    expect(figures).toContain(decision.promoted ? '<small>promoted</small>' : '<small>not promoted</small>');
    expect(figures).toContain(`Version ${decision.candidate}, the candidate`);
    if (decision.production !== null) expect(figures).toContain(`Version ${decision.production}, in Production`);
    expect(figuresIn(figures.split('<h2>Metrics')[1] ?? '')).toEqual(Object.values(run.metrics));
    expect(figures).toContain(`<code>${(run.params as { week: number }).week}</code>`);
    if (index > 0) expect(figures).toContain(`was <code>${index}</code> in`);
    expect(page).toContain(`took <b class="nw">${seconds(run.total_run_time_ms)}</b>`);
    expect([...sectionOf(page, 'tasks').matchAll(/<tr id="t(\d+)"/g)].map(([, id]) => Number(id))).toEqual(
      run.tasks.map((task) => task.id),
    );
    for (const { key } of run.artifacts) expect(page).toContain(`, download ${key}"`);
  }

  const [first, last] = [decisions[0]?.run, decisions.at(-1)?.run];
  const compared = await world.json<{ metrics: { name: string; values: number[] }[] }>([
    'compare',
    `${first}`,
    `${last}`,
  ]);
  const page = await (await fetch(`${url}/compare?a=${first}&b=${last}`)).text();
  for (const { name, values } of compared.metrics) {
    expect(page).toContain(`</span>${name}</th>`);
    for (const value of values.filter((each) => each !== null))
      expect(page).toContain(`>${Number(value.toPrecision(7))}</td>`);
  }
  expect(page).toContain('The same code version.');
  const report = await (await fetch(`${url}/runs/${last}/report.html`)).text();
  expect(report).toContain('src="data:image/svg+xml;base64,');
  server.kill('SIGTERM');
  await server.ended;
});

function figuresIn(html: string): number[] {
  return [...html.matchAll(/<data value="([^"]+)"/g)].map(([, value]) => Number(value));
}

function sectionOf(page: string, id: string): string {
  const from = page.indexOf(`<section id="${id}"`);
  return page.slice(from, page.indexOf('<section id="', from + 1));
}

/** As pages say durations below a minute. */
function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)}ms` : `${Math.round(ms / 100) / 10}s`;
}
