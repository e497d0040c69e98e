import { beforeEach, describe, expect, it } from 'vitest';
import { engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

/** A candidate is its own figure: `evaluate` reads it. */
const promote = (options = '') => `
  export default flow(({ rmse }) => models.promoteIfBetter('temperature', { rmse }, {
    metric: 'rmse', goal: 'min', evaluate: (model) => model.rmse, ${options}
  }));`;

describe('models', () => {
  it('registers versions of a value and gets them back by number, stage and name', async () => {
    const run = await world.runFlow(`
      const train = task({ name: 'train' }, () => new Map([['weights', new Float64Array([1, 2])]]));
      export default flow(async () => {
        const first = await models.register('m', await train(), { metrics: { rmse: 2 }, params: { alpha: 1 }, tags: { week: '1' } });
        await models.register('m', { second: true });
        await models.promote('m', 1);
        const { value, ...production } = await models.get('m');
        const listed = await models.list('m');
        return { first, value, stage: production.stage, latest: (await models.get('m', 'latest')).value, listed: listed.map((each) => each.version), none: await models.list('other') };
      });`);
    expect(run.error).toBeNull();
    expect(run.value).toMatchObject({
      first: {
        model: 'm',
        version: 1,
        stage: 'None',
        metrics: { rmse: 2 },
        params: { alpha: 1 },
        tags: { week: '1' },
        run: 1,
      },
      value: new Map([['weights', new Float64Array([1, 2])]]),
      stage: 'Production',
      latest: { second: true },
      listed: [1, 2],
      none: [],
    });
  });

  it('keeps files, and gives a path to read them', async () => {
    const run = await world.runFlow(`export default flow(async () => {
      const path = join(context().dir, 'model.bin');
      writeFileSync(path, 'weights');
      await models.register('f', { file: path });
      writeFileSync(path, 'changed since');
      return readFileSync(await models.path('f', 1), 'utf8');
    });`);
    expect(run.result).toBe('weights');
  });

  it('says that there is no such model', async () => {
    const run = await world.runFlow("export default flow(() => models.get('nothing'));");
    expect(run.state.message).toContain('the model "nothing" has no version "Production"');
  });

  it('promotes the first, then only what is better, and keeps each decision with both figures', async () => {
    const source = promote('margin: 0.1, data: "weeks 1-8"');
    const outcomes = [];
    for (const rmse of [2, 2.5, 1.95, 1.5]) {
      const run = await world.runFlow(source, { params: { rmse } });
      outcomes.push(run.value);
      expect(run.task('promote temperature').state.message).toMatch(/^(promoted|kept) \d.*: rmse /);
    }
    expect(outcomes).toMatchObject([
      { promoted: true, candidate: 1, candidateValue: 2, production: null, productionValue: null },
      { promoted: false, candidate: 2, candidateValue: 2.5, production: 1, productionValue: 2 },
      { promoted: false, candidate: 3, candidateValue: 1.95, production: 1, productionValue: 2 },
      { promoted: true, candidate: 4, candidateValue: 1.5, production: 1, productionValue: 2 },
    ]);
    const told = await world.runFlow(`export default flow(async () => [
      (await models.list('temperature')).map((each) => each.stage), await models.decisions('temperature'), await models.decisions('other')]);`);
    const [stages, decisions, none] = told.value as [string[], Record<string, unknown>[], unknown[]];
    expect(stages).toEqual(['Archived', 'None', 'None', 'Production']);
    expect(none).toEqual([]);
    expect(decisions).toHaveLength(4);
    expect(decisions[3]).toEqual({
      at: expect.any(Date),
      kind: 'compare',
      run: 4,
      metric: 'rmse',
      goal: 'min',
      margin: 0.1,
      candidate: 4,
      candidateValue: 1.5,
      production: 1,
      productionValue: 2,
      promoted: true,
      reason: expect.stringContaining('rmse 1.5 is better than 2.0 of version 1'),
      data: 'weeks 1-8',
    });
  });

  it('is a task of its own: tried again after it has decided, the run does not decide twice', async () => {
    const source = `
      const train = task({ name: 'train' }, () => ({ rmse: 1 }));
      export default flow({ retries: 1 }, async () => {
        const decision = await models.promoteIfBetter('m', train(), { metric: 'rmse', goal: 'min', evaluate: (model) => { note('evaluated'); return model.rmse; } });
        if (context().attempt === 1) throw new Error('after the decision');
        return [decision.candidate, (await models.decisions('m')).length, (await models.list('m')).length];
      });`;
    const run = await world.runFlow(source);
    expect(run.result).toEqual([1, 1, 1]);
    expect(world.lines('notes')).toEqual(['evaluated']);
    expect(run.task('promote m')).toMatchObject({ reused_from_attempt: 1 });
    expect(run.task('promote m').upstream).toEqual([run.task('train').id]);
  });

  it.each([
    ['NaN', 'NaN', /evaluate gave NaN as rmse of the candidate/],
    ['text', "'1.5'", /evaluate gave 1.5 as rmse/],
    ['an error', "(() => { throw new Error('no data'); })()", /no data/],
  ])('leaves production untouched when the evaluation gives %s', async (_what, figure, told) => {
    await world.runFlow(promote(), { params: { rmse: 2 } });
    const run = await world.runFlow(promote().replace('model.rmse', figure), { params: { rmse: 1 } });
    expect(run.state.type).toBe('FAILED');
    expect(run.state.message).toMatch(told);
    const { store } = world.engine;
    expect(store.registry.get('temperature', 'Production').version).toBe(1);
    expect(store.registry.decisions('temperature')).toHaveLength(1);
  });

  it('rolls the last promotion back', async () => {
    await world.runFlow(promote(), { params: { rmse: 2 } });
    await world.runFlow(promote(), { params: { rmse: 1 } });
    const run = await world.runFlow(`export default flow(async () => {
      const { version } = await models.rollback('temperature');
      return [version, (await models.decisions('temperature')).map((each) => each.kind)];
    });`);
    expect(run.result).toEqual([1, ['compare', 'compare', 'rollback']]);
  });
});
