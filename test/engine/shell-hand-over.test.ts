import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type EndedRun, engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

const flowOf = (body: string) => `export default flow({ name: 'f' }, async (params) => { ${body} });`;

async function message(script: string): Promise<string> {
  const run = await world.runFlow(flowOf(`await sh\`${script}\`;`));
  expect(run.state.type).toBe('FAILED');
  return run.error?.message ?? '';
}

const artifactsOf = (run: EndedRun) =>
  world.engine.store.artifacts
    .ofRun(run.id)
    .map(({ key, kind, data }) => [key, kind, Buffer.from(data ?? []).toString()]);

describe('E72: what a command hands over', () => {
  it('arrives: outputs, metrics, a summary, and the files of its artifacts folder', async () => {
    const run = await world.runFlow(
      flowOf(`
      const { outputs } = await sh({ name: 'train' })\`
        echo rows=3 > $WEIR_OUTPUT; echo version=1.10 >> $WEIR_OUTPUT
        echo rmse=1.50 > $WEIR_METRICS
        echo '# Done' > $WEIR_SUMMARY
        mkdir $WEIR_ARTIFACTS/plots; echo '<svg/>' > $WEIR_ARTIFACTS/plots/loss.svg
        echo '# Notes' > $WEIR_ARTIFACTS/notes.md; echo bytes > $WEIR_ARTIFACTS/data.bin
      \`;
      return outputs;`),
    );
    expect(run.result).toEqual({ rows: 3, version: '1.10' });
    expect(run.metrics).toEqual({ rmse: 1.5 });
    expect(artifactsOf(run)).toEqual([
      ['train/summary', 'markdown', '# Done\n'],
      ['train/data.bin', 'file', 'bytes\n'],
      ['train/notes.md', 'markdown', '# Notes\n'],
      ['train/plots/loss.svg', 'image', '<svg/>\n'],
    ]);
  });

  it('by a task that is called several times does not replace what the other calls left', async () => {
    const run = await world.runFlow(
      flowOf("for (const n of [1, 2]) await sh({ name: 'train' })`echo ${n} > $WEIR_SUMMARY`;"),
    );
    expect(artifactsOf(run)).toEqual([
      ['train/summary', 'markdown', '1\n'],
      ['train (2)/summary', 'markdown', '2\n'],
    ]);
  });

  it('before it failed is kept, but its outputs are not; a retry begins with an empty folder', async () => {
    const run = await world.runFlow(
      flowOf(`return (await sh({ name: 'flaky', retries: 1 })\`
        echo a$WEIR_ATTEMPT=1 >> $WEIR_OUTPUT; echo m$WEIR_ATTEMPT=1 >> $WEIR_METRICS
        echo $WEIR_ATTEMPT > $WEIR_ARTIFACTS/log-$WEIR_ATTEMPT.txt; test $WEIR_ATTEMPT = 2\`).outputs;`),
    );
    expect(run.result).toEqual({ a2: 1 });
    expect(run.task('flaky').metrics).toEqual({ m1: 1, m2: 1 });
    expect(artifactsOf(run).map(([key]) => key)).toEqual(['flaky/log-1.txt', 'flaky/log-2.txt']);
  });

  it('of progress is told while it runs', async () => {
    const going = await world.startFlow(
      flowOf("await sh({ name: 'fit' })`echo 3/20 folds > $WEIR_PROGRESS; until test -e go; do sleep 0.05; done`;"),
    );
    const told = await going.until((event) => event.kind === 'progress');
    expect(told).toMatchObject({ done: 3, total: 20, label: 'folds', task: { name: 'fit' } });
    world.write('go', '');
    expect((await going.ended).state.type).toBe('COMPLETED');
  });

  it.each([
    ['echo rows 3 > $WEIR_OUTPUT', 'line 1: "rows 3" is no name=value'],
    ['echo \'{"a": 1\' > $WEIR_OUTPUT', 'no JSON object'],
    ["printf 'a=\\\\377' > $WEIR_OUTPUT", 'is not UTF-8 text'],
    ["printf 'a=\\\\0' > $WEIR_OUTPUT", 'NUL character'],
    ['head -c 2000000 /dev/zero > $WEIR_OUTPUT', 'holds 1.9 MiB; it can hold 1 MiB'],
    ['mkfifo $WEIR_OUTPUT', 'no plain file'],
    ['ln -s /dev/zero $WEIR_OUTPUT', 'no plain file'],
  ])('by %s fails the task in a sentence instead of being lost', async (script, sentence) => {
    expect(await message(script)).toContain(sentence);
  });

  it('under names that JavaScript has a meaning for arrives as any other', async () => {
    const run = await world.runFlow(
      flowOf('const { outputs } = await sh`echo __proto__=x > $WEIR_OUTPUT`; return Object.entries(outputs);'),
    );
    expect(run.result).toEqual([['__proto__', 'x']]);
  });

  it('by links that lead elsewhere, or beyond the limits, is told and left', async () => {
    world.write('secret', 'of the machine');
    const run = await world.runFlow(
      flowOf(`await sh({ name: 'it' })\`
        ln -s $PWD/secret $WEIR_ARTIFACTS/link; ln -s / $WEIR_ARTIFACTS/root; mkfifo $WEIR_ARTIFACTS/pipe
        head -c 17000000 /dev/zero > $WEIR_ARTIFACTS/large.bin; echo x > $WEIR_ARTIFACTS/x.txt; ln -s x.txt $WEIR_ARTIFACTS/y.txt\`;`),
    );
    expect(artifactsOf(run).map(([key]) => key)).toEqual(['it/x.txt', 'it/y.txt']);
    const texts = run.texts('it').join('\n');
    for (const name of ['link', 'root', 'pipe']) expect(texts).toContain(`the artifact ${name} is no plain file`);
    expect(texts).toContain('the artifact large.bin has 16 MiB and was not kept');
  });

  it('leaves nothing on the disk, also when the command made a mess of the folder', async () => {
    const run = await world.runFlow(
      flowOf(
        'await sh`true`; await sh`echo x > $WEIR_ARTIFACTS/x`; await sh`rm -r $(dirname $WEIR_OUTPUT)`; await sh`exit 3`.state();',
      ),
    );
    expect(run.tasks.map(({ state }) => state.type)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED', 'FAILED']);
    expect(existsSync(world.engine.store.runFolder(run.id))).toBe(false);
  });
});

describe('what a command is told', () => {
  it('is a file of inputs: params and slot, large ones and those with any name', async () => {
    const params = { 'the-week': '2024-W01', rows: [1, 2], large: 'x'.repeat(200_000) };
    const run = await world.runFlow(
      flowOf('await sh`cp $WEIR_INPUTS in.json; echo "$WEIR_PARAM_THE_WEEK $WEIR_PARAM_ROWS" > told`;'),
      { params },
    );
    expect(run.state.type).toBe('COMPLETED');
    expect(JSON.parse(readFileSync(join(world.folder, 'in.json'), 'utf8'))).toEqual({
      params: { ...params },
      slot: null,
    });
    expect(world.lines('told')).toEqual(['2024-W01 [1,2]']);
  });

  it('are a folder of the run, kept over its attempts, and an empty artifacts folder', async () => {
    const run = await world.runFlow(
      flowOf(`
      await sh\`echo kept > $WEIR_RUN_DIR/mine\`;
      return (await sh\`cat $WEIR_RUN_DIR/mine; ls -A $WEIR_ARTIFACTS | wc -l\`).stdout;`),
    );
    expect(run.result).toMatch(/^kept\n\s*0\n$/);
    expect(existsSync(join(world.engine.store.runFolder(run.id), 'mine'))).toBe(true);
  });

  it('left by a process that died is not taken for its own', async () => {
    const stale = join(world.engine.store.runFolder(1), '.weir/1');
    mkdirSync(join(stale, 'artifacts'), { recursive: true });
    writeFileSync(join(stale, 'output'), 'old=1\n');
    writeFileSync(join(stale, 'artifacts/old'), '');
    const run = await world.runFlow(
      flowOf('return (await sh`ls -A $(dirname $WEIR_OUTPUT) $WEIR_ARTIFACTS | grep -v :`).stdout;'),
    );
    expect(run.id).toBe(1);
    expect(run.result).toBe('artifacts\n\n');
  });
});
