/** Whether a task runs: what it needs, its trigger rule, its condition. */
import { beforeEach, describe, expect, it } from 'vitest';
import { TRIGGER_RULES, type TriggerRule } from '../../src/model/trigger.ts';
import { type EndedRun, engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

const stateOf = (run: EndedRun, task: string) => run.task(task).state.name;

describe('E70: needs', () => {
  it('E70: order tasks, and what is independent overlaps', async () => {
    const run = await world.runYaml(`
max_concurrency: 8
tasks:
  first: { run: echo first >> order }
  # Each waits for the other to have begun: one after the other, they would wait for ever.
  left: { needs: first, run: 'echo left >> order; touch left; until [ -e right ]; do sleep 0.01; done', timeout: 30s }
  right: { needs: first, run: 'echo right >> order; touch right; until [ -e left ]; do sleep 0.01; done', timeout: 30s }
  last: { needs: [left, right], run: echo last >> order }
`);
    expect(run.state).toMatchObject({ type: 'COMPLETED', message: null });
    const order = world.lines('order');
    expect([order[0], order.slice(1, 3).sort(), order[3]]).toEqual(['first', ['left', 'right'], 'last']);
    const id = (task: string) => run.task(task).id;
    expect(run.task('last').upstream).toEqual([id('left'), id('right')]);
    expect(run.task('left').upstream).toEqual([id('first')]);
  });

  it('E70: a circle, an unknown need and a key that stands twice are errors with line and column, and nothing runs', async () => {
    const text = `tasks:
  a: { run: touch ran, needs: b }
  b: { run: touch ran, needs: [a] }
  c: { run: touch ran, needs: nobody }
  d: { run: touch ran, run: touch ran }
`;
    const failing = world.runYaml(text);
    await expect(failing).rejects.toThrow(/4 errors|flow\.yaml/);
    const message = String(await failing.catch((error: Error) => error.message));
    for (const place of [':2:', ':4:31', ':5:']) expect(message).toContain(place);
    expect(world.lines('ran')).toEqual([]);
  });

  it('are all waited for before a failure is told: the others still run', async () => {
    const run = await world.runYaml(`
tasks:
  bad: { run: exit 3 }
  good: { run: 'true' }
  after-good: { needs: good, run: 'true' }
  after-bad: { needs: [bad, good], run: touch ran }
`);
    expect(run.state).toMatchObject({ type: 'FAILED', name: 'Failed', message: '2/4 tasks failed.' });
    expect(run.tasks.map(({ name, state }) => `${name} ${state.name}`).sort()).toEqual([
      'after-bad UpstreamFailed',
      'after-good Completed',
      'bad Failed',
      'good Completed',
    ]);
    expect(run.task('after-bad').state.message).toBe(
      'an upstream did not complete: all_success: bad failed; good succeeded',
    );
    expect(run.task('after-bad').attempt).toBe(0);
    expect(world.lines('ran')).toEqual([]);
  });
});

/** By hand, as the manual has it. R: it runs, S: Skipped, U: UpstreamFailed; s, f, k: an upstream that succeeded, failed, was skipped. */
const TABLE: Readonly<Record<TriggerRule, Readonly<Record<string, string>>>> = {
  all_success: { ss: 'R', sf: 'U', sk: 'S', ff: 'U', fk: 'U', kk: 'S' },
  all_failed: { ss: 'S', sf: 'U', sk: 'S', ff: 'R', fk: 'U', kk: 'S' },
  all_done: { ss: 'R', sf: 'R', sk: 'R', ff: 'R', fk: 'R', kk: 'R' },
  one_success: { ss: 'R', sf: 'R', sk: 'R', ff: 'U', fk: 'U', kk: 'S' },
  one_failed: { ss: 'S', sf: 'R', sk: 'S', ff: 'R', fk: 'R', kk: 'S' },
  none_failed: { ss: 'R', sf: 'U', sk: 'R', ff: 'U', fk: 'U', kk: 'R' },
  none_failed_min_one_success: { ss: 'R', sf: 'U', sk: 'R', ff: 'U', fk: 'U', kk: 'S' },
  none_skipped: { ss: 'R', sf: 'R', sk: 'S', ff: 'R', fk: 'U', kk: 'S' },
  always: { ss: 'R', sf: 'R', sk: 'R', ff: 'R', fk: 'R', kk: 'R' },
};
const STATES = { R: 'Completed', S: 'Skipped', U: 'UpstreamFailed' } as const;

describe('E74: a trigger rule', () => {
  it('E74: decides for every mix of success, failure and skip of two upstreams', async () => {
    const mixes = [...'sfk'].flatMap((a) => [...'sfk'].map((b) => [a, b] as const));
    const expected = Object.fromEntries(
      TRIGGER_RULES.flatMap((rule) =>
        mixes.map(([a, b]) => {
          const cell = TABLE[rule][`${a}${b}`] ?? TABLE[rule][`${b}${a}`];
          return [`${rule} ${a}${b}`, STATES[cell as keyof typeof STATES]];
        }),
      ),
    );
    const sources = ['1', '2'].map(
      (n) => `  s${n}: { run: 'true' }\n  f${n}: { run: 'false' }\n  k${n}: { run: touch never, if: 'false' }`,
    );
    const judged = TRIGGER_RULES.flatMap((rule) =>
      mixes.map(([a, b]) => `  ${rule} ${a}${b}: { needs: [${a}1, ${b}2], when: ${rule}, run: 'true' }`),
    );
    const run = await world.runYaml(`tasks:\n${[...sources, ...judged].join('\n')}\n`);
    const actual = run.tasks.filter(({ name }) => name in expected).map(({ name, state }) => [name, state.name]);
    expect(Object.fromEntries(actual)).toEqual(expected);
    const failed = Object.values(expected).filter((name) => name === 'UpstreamFailed').length + 2;
    expect(run.state.message).toBe(`${failed}/${run.tasks.length} tasks failed.`);
    expect(world.lines('never')).toEqual([]);
  });

  it('counts items one by one, and a for_each without items as one skip', async () => {
    const run = await world.runYaml(`
tasks:
  some: { for_each: [1, 0], run: 'test \${{ item }} = 1', continue_on_failure: true }
  none: { for_each: [], run: 'true' }
  one_failed: { needs: some, when: one_failed, run: 'true' }
  one_success: { needs: some, when: one_success, run: 'true' }
  all_failed: { needs: some, when: all_failed, run: 'true' }
  after_none: { needs: none, run: 'true' }
  none_failed: { needs: none, when: none_failed, run: 'true' }
`);
    expect(run.tasks.filter(({ name }) => name === 'some').map(({ state }) => state.name)).toEqual([
      'Completed',
      'Failed',
    ]);
    expect(run.task('none').state).toMatchObject({ name: 'Skipped', message: 'for_each has no items' });
    const states = ['one_failed', 'one_success', 'all_failed', 'after_none', 'none_failed'].map((name) =>
      stateOf(run, name),
    );
    expect(states).toEqual(['Completed', 'Completed', 'Skipped', 'Skipped', 'Completed']);
  });

  it('takes a tolerated failure for a success where it asks for success, and for a failure where it asks for that', async () => {
    const run = await world.runYaml(`
tasks:
  bad: { run: 'false', continue_on_failure: true }
  after: { needs: bad, run: 'true' }
  handler: { needs: bad, when: all_failed, run: 'true' }
`);
    expect(run.state.type).toBe('COMPLETED');
    expect(run.tasks.map(({ name, state }) => `${name} ${state.name}`).sort()).toEqual([
      'after Completed',
      'bad Failed',
      'handler Completed',
    ]);
  });
});

describe('E75: if', () => {
  it('E75: false skips the task, and what needs it by all_success; none_failed runs', async () => {
    const run = await world.runYaml(
      `
params: { go: { type: boolean } }
tasks:
  gated: { if: params.go, run: touch ran }
  after: { needs: gated, run: touch ran }
  lenient: { needs: gated, when: none_failed, run: 'true' }
`,
      { params: { go: false } },
    );
    expect(run.state.type).toBe('COMPLETED');
    expect(run.task('gated').state).toMatchObject({ type: 'SKIPPED', message: 'if: params.go is false' });
    expect(run.task('after').state).toMatchObject({ type: 'SKIPPED', message: 'all_success: gated skipped' });
    expect(run.task('lenient').state.name).toBe('Completed');
    expect(world.lines('ran')).toEqual([]);
  });

  it('E75: may ask for outputs, the environment and the item', async () => {
    world.write('stage.env', 'STAGE=prod\n');
    const run = await world.runYaml(`
env_file: stage.env
env: { NAME: "\${{ env.STAGE }}-1" }
tasks:
  count: { run: echo rows=3 > $WEIR_OUTPUT }
  many: { needs: count, if: tasks.count.outputs.rows > 2, run: 'true' }
  few: { needs: count, if: tasks.count.outputs.rows <= 2, run: 'true' }
  staged: { if: env.NAME == 'prod-1', run: 'test "$NAME" = \${{ env.NAME }}' }
  odd: { for_each: [1, 2, 3], if: item != 2, run: 'true' }
`);
    expect(run.state).toMatchObject({ type: 'COMPLETED' });
    expect([stateOf(run, 'many'), stateOf(run, 'few'), stateOf(run, 'staged')]).toEqual([
      'Completed',
      'Skipped',
      'Completed',
    ]);
    const odd = run.tasks.filter(({ name }) => name === 'odd').map(({ state }) => state.name);
    expect(odd).toEqual(['Completed', 'Skipped', 'Completed']);
  });

  it('that cannot be evaluated fails its task, and is not tried again', async () => {
    const run = await world.runYaml(`
params: { json: { default: '{' } }
tasks:
  t: { if: fromJSON(params.json), run: touch ran, retries: 3 }
`);
    expect(run.task('t').state).toMatchObject({ type: 'FAILED' });
    expect(run.task('t').state.message).toMatch(/fromJSON\(params.json\).* cannot be evaluated/);
    expect(run.task('t').attempt).toBe(0);
    expect(world.lines('ran')).toEqual([]);
  });
});
