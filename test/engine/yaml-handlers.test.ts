/** on_completion, on_failure and on_cancellation of a YAML flow. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { engineWorld, type World } from '../support/engine-world.ts';
import { waitFor } from '../support/weir.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

const HANDLERS = `
on_completion: { run: 'echo completion $WEIR_STATE >> told' }
on_failure: { run: 'echo "failure $WEIR_STATE $WEIR_STATE_NAME [$WEIR_FAILED_TASK] [$WEIR_ERROR]" >> told' }
on_cancellation: { run: 'echo "cancellation $WEIR_STATE [$WEIR_FAILED_TASK] [$WEIR_ERROR]" >> told' }
`;

describe('E77: a handler', () => {
  it('that has ended in time has not failed, however long what it left behind has to be ended', async () => {
    const run = await world.runYaml(`
tasks: { a: { run: exit 1 } }
on_failure: { run: "echo told >> told; (trap '' TERM; exec sleep 3) > /dev/null 2>&1 &", timeout: 1s, retries: 1 }
`);
    expect(run.state.name).toBe('Failed');
    expect(world.lines('told')).toEqual(['told']);
    expect(run.texts().filter((text) => text.includes('on_failure'))).toEqual([]);
  });

  it('E77: on_failure runs once, after everything else, and knows which task failed, how, and what the others left', async () => {
    const run = await world.runYaml(`
retries: 1
tasks:
  load: { run: 'echo rows=3 > $WEIR_OUTPUT' }
  bad: { run: 'exit 9', retries: 1 }
  slow: { run: 'sleep 0.3; echo slow >> told' }
  after: { needs: bad, run: 'true' }
  items: { for_each: [1, 2], run: 'echo n=\${{ item }} > $WEIR_OUTPUT' }
on_failure:
  env: { STATE_OF_BAD: "\${{ tasks.bad.state }}" }
  run: |
    echo "\${{ tasks.load.outputs.rows }} $STATE_OF_BAD \${{ tasks.after.state }} \${{ join(tasks.items.outputs.*.n) }}" >> told
    echo "$WEIR_STATE [$WEIR_FAILED_TASK] [$WEIR_ERROR] $WEIR_RUN $WEIR_FLOW \${WEIR_TASK:-no task}" >> told
`);
    expect(run.state).toMatchObject({ type: 'FAILED', message: '2/6 tasks failed.' });
    // The slow task was finished by the first attempt, so the second reuses it.
    expect(world.lines('told')).toEqual([
      'slow',
      '3 failed failed 1,2',
      `FAILED [bad] [exit code 9] ${run.id} flow no task`,
    ]);
    expect(run.attempt).toBe(2);
  });

  it('E77: is the one of the final state, and only that', async () => {
    const good = await world.runYaml(`tasks: { t: { run: 'true' } }${HANDLERS}`);
    expect(good.state.type).toBe('COMPLETED');
    expect(world.lines('told')).toEqual(['completion COMPLETED']);
    await world.runYaml(`tasks: { t: { run: 'false' } }${HANDLERS}`);
    expect(world.lines('told').slice(1)).toEqual(['failure FAILED Failed [t] [exit code 1]']);
    await world.runYaml(`timeout: 300ms\ntasks: { t: { run: 'sleep 1000' } }${HANDLERS}`);
    expect(world.lines('told')[2]).toMatch(/^failure FAILED TimedOut \[.*\] \[flow "flow" .*300ms.*\]$/);
  });

  it('E77: also runs for parameters that are wrong, with those that were given', async () => {
    const run = await world.runYaml(
      `params: { n: { type: integer } }
tasks: { t: { run: touch ran } }
on_failure: { run: 'echo "\${{ params.n }}|$WEIR_ERROR" >> told' }`,
      { params: { n: 'x' } },
    );
    expect(run.state.type).toBe('FAILED');
    expect(world.lines('told')).toHaveLength(1);
    expect(world.lines('told')[0]).toMatch(/^x\|.*parameter "n" is "x"/);
    expect(world.lines('ran')).toEqual([]);
  });

  it('of a cancel runs when what was running has ended; what waited never begins, and is not shown as failed', async () => {
    const going = await world.startYaml(`
max_concurrency: 1
tasks:
  first: { run: 'echo rows=1 > $WEIR_OUTPUT' }
  long: { needs: first, run: 'trap "echo ended >> told; exit 1" TERM; touch begun; while :; do sleep 0.01; done' }
  waiting: { needs: first, run: touch ran }
  later: { needs: long, when: always, run: touch ran }
on_cancellation: { run: 'echo "cancellation $WEIR_STATE \${{ tasks.first.outputs.rows }} [$WEIR_ERROR]" >> told' }
on_failure: { run: 'echo wrong >> told' }`);
    await going.until((event) => event.kind === 'task-state' && event.task.name === 'long');
    await waitFor('it to begin', () => existsSync(join(world.folder, 'begun')));
    going.cancel();
    const run = await going.ended;
    expect(run.state.type).toBe('CANCELLED');
    expect(world.lines('told')).toEqual(['ended', 'cancellation CANCELLED 1 [cancelled by test]']);
    expect(world.lines('ran')).toEqual([]);
    expect(run.tasks.map(({ name, state }) => `${name} ${state.type}`).sort()).toEqual([
      'first COMPLETED',
      'long CANCELLED',
      'waiting CANCELLED',
    ]);
    expect(world.processes()).toEqual([]);
  });

  it('that fails changes nothing: it is told in the log, under its own name', async () => {
    const run = await world.runYaml(`
tasks: { t: { run: 'true' } }
on_completion: { run: 'echo gone wrong >&2; exit 3' }`);
    expect(run.state).toMatchObject({ type: 'COMPLETED', message: null });
    const log = run.texts().join('\n');
    expect(log).toContain('gone wrong');
    expect(log).toContain('on_completion of flow "flow" failed, which changes nothing: exit code 3');
  });

  it('is tried again by its retries', async () => {
    await world.runYaml(`
tasks: { t: { run: 'false' } }
on_failure: { run: 'echo x >> tries; test $(wc -l < tries) = 3', retries: 5, retry_delay: 10ms }`);
    expect(world.lines('tries')).toHaveLength(3);
  });

  it('is given its timeout for each try alone, and each failure of it is one line of the log', async () => {
    const hung = await world.runYaml(`
tasks: { t: { run: 'false' } }
on_failure: { run: 'echo x >> tries; test $(wc -l < tries) = 3 || sleep 1000', retries: 3, timeout: 1s }`);
    expect(world.lines('tries')).toHaveLength(3);
    const over = 'TimedOut: on_failure of flow "flow" ran longer than its timeout of 1s';
    expect(hung.texts().filter((text) => text.includes('on_failure'))).toEqual([
      `on_failure of flow "flow" failed and is tried again at once (retry 1 of 3): ${over}`,
      `on_failure of flow "flow" failed and is tried again at once (retry 2 of 3): ${over}`,
    ]);
    expect(world.processes()).toEqual([]);
    const slow = await world.runYaml(`
tasks: { t: { run: 'false' } }
on_failure: { run: 'echo x >> delayed; exit 4', retries: 2, retry_delay: 600ms, timeout: 1s }`);
    expect(world.lines('delayed')).toHaveLength(3);
    expect(slow.texts().filter((text) => text.includes('on_failure'))).toEqual([
      'on_failure of flow "flow" failed and is tried again in 600ms (retry 1 of 2): exit code 4',
      'on_failure of flow "flow" failed and is tried again in 600ms (retry 2 of 2): exit code 4',
      'on_failure of flow "flow" failed, which changes nothing: exit code 4',
    ]);
  });

  it('past its timeout is ended with all that it started', async () => {
    const run = await world.runYaml(`
tasks: { t: { run: 'true' } }
on_completion: { run: 'sleep 1000 & sleep 1000', timeout: 300ms }`);
    expect(run.state.type).toBe('COMPLETED');
    expect(run.texts()).toHaveLength(1);
    expect(run.texts()[0]).toMatch(/^on_completion of flow "flow" failed, .*300ms/);
    expect(world.processes()).toEqual([]);
  });

  it('that names what is null says so, and a list runs without a shell', async () => {
    const run = await world.runYaml(`
tasks: { t: { run: 'true' } }
on_completion: { run: "echo \${{ tasks.t.outputs.x }}" }`);
    expect(run.texts().join('\n')).toContain('${{ tasks.t.outputs.x }} in the command of on_completion is null');
    await world.runYaml(`
params: { x: { default: "$(touch pwned)" } }
tasks: { t: { run: 'true' } }
on_completion: { run: [sh, -c, 'printf %s "$1" > told', sh, "\${{ params.x }}"] }`);
    expect(world.lines('told')).toEqual(['$(touch pwned)']);
  });
});
