import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Outcome } from '../../src/templates/weekly-retrain/report.ts';
import { engineWorld } from '../support/engine-world.ts';

const TEMPLATE = fileURLToPath(new URL('../../src/templates/weekly-retrain', import.meta.url));

it('the template runs week by week: promotes the first, judges both models afterwards, draws every week', {
  timeout: 300_000,
}, async () => {
  const world = await engineWorld();
  cpSync(TEMPLATE, world.folder, { recursive: true });
  for (const week of [1, 2, 3]) {
    // The third is not told which week it is.
    const run = await world.runFile(join(world.folder, 'flow.ts'), { params: week === 3 ? {} : { week } });
    expect(run.error).toBeNull();
    expect(run.state.name).toBe('Completed');
    const outcome = run.value as Outcome;
    expect(outcome.week).toBe(week);
    if (week === 1) expect(outcome).toMatchObject({ promoted: true, production: null, version: 1 });
    else expect(outcome.production?.rmse).toBeGreaterThan(1);
    expect(run.tasks.filter((task) => task.name === 'train').length).toBeGreaterThan(3);
    expect(run.metrics.rmse).toBe(outcome.best.rmse);
    expect(run.artifacts.map(({ key, kind }) => [key, kind])).toEqual([
      ['candidates', 'table'],
      ['weeks', 'image'],
      ['summary', 'markdown'],
    ]);
    const chart = Buffer.from(world.engine.store.artifacts.ofRun(run.id)[1]?.data ?? []).toString();
    expect(chart.match(/<circle /g)).toHaveLength(week + (week - 1));
  }
  const again = await world.runFile(join(world.folder, 'flow.ts'), { params: { week: 3 } });
  expect(again.task('features').state.name).toBe('Cached');
});
