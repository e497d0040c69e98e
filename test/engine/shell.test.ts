import { beforeEach, describe, expect, it } from 'vitest';
import { engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

const flowOf = (body: string) => `export default flow(async () => { ${body} });`;

describe('sh', () => {
  it('runs a command in the folder of the flow file and gives exit code, output and outputs', async () => {
    const run = await world.runFlow(flowOf('return sh`pwd; echo to stderr >&2`;'));
    expect(run.result).toEqual({ exitCode: 0, stdout: `${world.folder}\n`, outputs: {}, files: {} });
    const [only] = run.tasks;
    expect(only?.name).toBe('pwd');
    expect(run.logs.map(({ stream, text }) => [stream, text]).sort()).toEqual([
      ['stderr', 'to stderr'],
      ['stdout', world.folder],
    ]);
  });

  it('hands values on as environment: nothing in them is ever executed', async () => {
    const run = await world.runFlow(
      `export default flow(async ({ value }) => {
      const results = [
        await sh\`printf %s \${value}\`,
        await sh\`printf %s "<\${value}>"\`,
        await sh\`cat <<END\n\${value}\nEND\`,
      ];
      return results.map((each) => each.stdout);
    });`,
      { params: { value: '\'; touch pwned; $(touch pwned) `touch pwned` * \n"' } },
    );
    const value = '\'; touch pwned; $(touch pwned) `touch pwned` * \n"';
    expect(run.result).toEqual([value, `<${value}>`, `${value}\n`]);
    expect(world.lines('pwned')).toEqual([]);
  });

  it('takes futures as values, and arrays as words', async () => {
    const run = await world.runFlow(`
      const week = task({ name: 'week' }, () => 7);
      const words = task({ name: 'words' }, () => ['a b', 'c']);
      export default flow(async () => {
        const { stdout } = await sh({ name: 'print' })\`printf '[%s]' \${week()} \${['x y', 'z']} \${words()}\`;
        return stdout;
      });`);
    expect(run.result).toBe('[7][x y][z][a b][c]');
    expect(run.task('print').upstream).toHaveLength(2);
  });

  it('whose command fails has exit code, reason in words and the last lines', async () => {
    const run = await world.runFlow(flowOf("await sh({ name: 'fails' })`echo one; echo two >&2; exit 3`;"));
    expect(run.state).toMatchObject({ type: 'FAILED' });
    const { error, state } = run.task('fails');
    expect(state.message).toContain('3');
    expect(error).toMatchObject({ name: 'CommandFailed', exit_code: 3, signal: null, stack: null });
    expect([...(error?.last_lines ?? [])].sort()).toEqual(['one', 'two']);
    expect(run.error).toMatchObject({ exit_code: 3 });
  });

  it('stops at the first failing line, also in a pipe, and says which signal ended it', async () => {
    const run = await world.runFlow(
      flowOf(`
      const states = [await sh\`false; echo beyond\`.state(), await sh\`false | cat; echo beyond\`.state(), await sh\`kill -9 $$\`.state()];
      return states.map((state) => state.type);`),
    );
    expect(run.result).toEqual(['FAILED', 'FAILED', 'FAILED']);
    expect(run.texts().join()).not.toContain('beyond');
    expect(run.tasks[2]?.error).toMatchObject({ exit_code: null, signal: 'SIGKILL' });
  });

  it('gives outputs as lines or JSON by $WEIR_OUTPUT; a number is one only if it prints back the same', async () => {
    const run = await world.runFlow(
      flowOf(`
      const lines = await sh\`echo rows=3 >> $WEIR_OUTPUT; printf 'price=1.10\\nid=00123\\nhash=12e4567\\nempty=\\nurl=a=b\\n' >> $WEIR_OUTPUT\`;
      const json = await sh\`echo '{"a": [1, {"b": null}]}' > $WEIR_OUTPUT\`;
      return [lines.outputs, json.outputs];`),
    );
    expect(run.result).toEqual([
      { rows: 3, price: '1.10', id: '00123', hash: '12e4567', empty: '', url: 'a=b' },
      { a: [1, { b: null }] },
    ]);
  });

  it('keeps metrics by $WEIR_METRICS, and warns of what is no number', async () => {
    const run = await world.runFlow(
      flowOf("await sh({ name: 'train' })`printf 'rmse=1.5\\nmae=bad\\n' > $WEIR_METRICS`;"),
    );
    expect(run.task('train').metrics).toEqual({ rmse: 1.5 });
    expect(run.metrics).toEqual({ rmse: 1.5 });
    expect(run.texts().join()).toContain('the metric "mae" is "bad"');
  });

  it('tells the command where it runs by its environment', async () => {
    const run = await world.runFlow(
      `export default flow({ name: 'f' }, async () => {
      const { stdout } = await sh({ name: 'env', env: { OWN: 'x' }, cwd: 'sub' })\`echo $WEIR_RUN $WEIR_FLOW $WEIR_TASK $WEIR_ATTEMPT $WEIR_PARAM_THE_WEEK $OWN $PYTHONUNBUFFERED $(basename $PWD)\`;
      return stdout;
    });
    mkdirSync(import.meta.dirname + '/sub', { recursive: true });`,
      { params: { 'the-week': 7 } },
    );
    expect(run.result).toBe('1 f env 1 7 x 1 sub\n');
  });

  it('is tried again by its retries, with a fresh place for outputs', async () => {
    const run = await world.runFlow(
      flowOf(`
      const { outputs } = await sh({ name: 'flaky', retries: 1 })\`echo a$WEIR_ATTEMPT=1 >> $WEIR_OUTPUT; test $WEIR_ATTEMPT = 2\`;
      return outputs;`),
    );
    expect(run.result).toEqual({ a2: 1 });
    expect(run.task('flaky').attempt).toBe(2);
  });

  it('past its timeout is TimedOut only when its whole tree has ended', async () => {
    const run = await world.runFlow(
      flowOf(`
      const state = await sh({ name: 'slow', timeout: '4s' })\`trap 'echo ended >> notes; exit 1' TERM; sleep 1000 & setsid sleep 1000 & wait\`.state();
      note('told');
      return state.name;`),
    );
    expect(run.result).toBe('TimedOut');
    expect(world.lines('notes')).toEqual(['ended', 'told']);
    expect(run.task('slow').state.message).toContain('timeout of 4s');
  });

  it('that cannot be started says why', async () => {
    const run = await world.runFlow(flowOf("await sh({ cwd: 'nowhere' })`true`;"));
    expect(run.state.message).toContain('nowhere');
    const shell = await world.runFlow(flowOf("await sh({ shell: 'no-such-shell -x' })`true`;"));
    expect(shell.state.message).toContain('no-such-shell');
  });

  it('leaves nothing running when its flow fails without waiting for it', async () => {
    const run = await world.runFlow(`
      export default flow({ timeout: '500ms' }, async () => { sh({ name: 'long' })\`sleep 1000\`; await seen('never'); });`);
    expect(run.state.name).toBe('TimedOut');
    expect(run.task('long').state.name).toBe('Cancelled');
    expect(world.processes()).toEqual([]);
  });
});
