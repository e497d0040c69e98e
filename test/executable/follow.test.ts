/** Following a run that another process executes: watch, wait and logs, to its end and its exit code. */
import { expect, test } from 'vitest';
import { type World, waitFor, weirWorld } from '../support/weir.ts';

const FLOW = `
  import { flow, log, progress, task, z } from 'weir';
  import { existsSync } from 'node:fs';
  const seen = async (name) => { while (!existsSync(name)) await new Promise((done) => setTimeout(done, 3)); };
  const count = task({ name: 'count' }, async (n) => {
    progress(1, 2, 'halves');
    for (let each = 0; each < n; each++) { console.log('line ' + each); if (each % 10 === 0) await new Promise((done) => setTimeout(done, 1)); }
    await seen('end');
  });
  const last = task({ name: 'last', retries: 1, retryDelay: '10ms' }, async (fails) => { console.log('the last'); if (fails) throw new Error('no luck'); });
  export default flow(
    { name: 'counted', params: z.object({ n: z.number().default(500), fails: z.boolean().default(false) }) },
    async ({ n, fails }) => { log.info('begin', { n }); await seen('go'); await count(n); await last(fails); return n; },
  );`;

async function startedRun(args: readonly string[] = []): Promise<{ world: World; run: ReturnType<World['start']> }> {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  const run = world.start(['run', 'flow.ts', ...args]);
  await run.until(/begin/);
  return { world, run };
}

test('logs -f gives every line once, to the end of a run of another process, as JSON lines too', async () => {
  const { world, run } = await startedRun();
  const text = world.start(['logs', '-f']);
  await text.until(/begin/);
  const json = world.start(['logs', '1', 'count', '-f', '--json']);
  world.write('go', '');
  await text.until(/line 499/);
  world.write('end', '');
  const [{ code, stdout }, lines] = await Promise.all([text.ended, json.ended]);
  await run.ended;
  const numbers = (whole: string) => [...whole.matchAll(/line (\d+)/g)].map(([, number]) => Number(number));
  const all = Array.from({ length: 500 }, (_, each) => each);
  expect({ code, numbers: numbers(stdout) }).toEqual({ code: 0, numbers: all });
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^\d\d:\d\d:\d\d\.\d{3} last the last$/);
  const objects = lines.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { text: string; task: string });
  expect(objects.map(({ text: line }) => line)).toEqual(all.map((each) => `line ${each}`));
  expect(new Set(objects.map(({ task }) => task))).toEqual(new Set(['count']));
});

type LogsJson = { readonly schema: string; readonly items: readonly { readonly text: string }[]; readonly next: null };

test('logs shows a task, one of its attempts, only what failed, and the last lines', async () => {
  const { world, run } = await startedRun(['-p', 'fails=true', '-p', 'n=3']);
  world.write('go', '');
  world.write('end', '');
  await run.ended;
  const texts = async (...args: string[]): Promise<string[]> => {
    const { schema, items, next } = await world.json<LogsJson>(['logs', '1', ...args]);
    expect({ schema, next }).toEqual({ schema: 'weir.logs/1', next: null });
    return items.map(({ text }) => text);
  };
  expect(await texts('count')).toEqual(['line 0', 'line 1', 'line 2']);
  expect((await texts('last')).filter((line) => line === 'the last')).toHaveLength(2);
  expect((await texts('last.2')).filter((line) => line === 'the last')).toHaveLength(1);
  expect((await texts('--failed'))[0]).toBe('the last');
  expect(await texts('--failed')).not.toContain('line 0');
  expect(await texts('count', '--tail', '1')).toEqual(['line 2']);
  expect((await texts('last[0].2')).filter((line) => line === 'the last')).toHaveLength(1);
  for (const [name, says] of [
    ['last.9', 'run 1 has no "last.9": last had 2 attempts\n      the last one: weir logs 1 last.2\n'],
    ['count.0', 'count had 1 attempt\n'],
    ['last[1]', 'there is no last[1]: "last" was called once\n      last[0]\n'],
  ] as const)
    expect(await world.weir(['logs', '1', name])).toMatchObject({
      ...{ code: 1, stdout: '' },
      stderr: expect.stringContaining(says),
    });
  const plain = await world.weir(['logs', '1', '--tail', '2']);
  expect(plain.stdout.trimEnd().split('\n')).toHaveLength(2);
  const unknown = await world.weir(['logs', '1', 'cuont']);
  expect(unknown).toMatchObject({ code: 1, stdout: '' });
  expect(unknown.stderr).toContain('run 1 has no task "cuont"; it has count, last');
  expect(unknown.stderr).toContain('did you mean count?');
});

test('logs takes the name that retry asks for: one of several calls, with one of its attempts', async () => {
  const world = weirWorld();
  world.write(
    'flow.yaml',
    `tasks:
  fe:
    for_each: [a, b, c]
    run: 'echo \${{ item }} try $WEIR_ATTEMPT; test $WEIR_ATTEMPT -gt 1 || test \${{ item }} != b'
    retries: 1
    retry_delay: 1ms
`,
  );
  expect((await world.weir(['run', 'flow.yaml'])).code).toBe(0);
  const asked = await world.weir(['retry', '1', '--from', 'fe']);
  const [, place = ''] = /such as '(.*?)'/.exec(asked.stderr) ?? [];
  expect(place).toBe('fe[0]');
  const texts = async (task: string) =>
    (await world.json<LogsJson>(['logs', '1', task])).items.map(({ text }) => text).filter((text) => /try/.test(text));
  expect(await texts(place)).toEqual(['a try 1']);
  expect(await texts('fe[1]')).toEqual(['b try 1', 'b try 2']);
  expect(await texts('fe[1].2')).toEqual(['b try 2']);
  expect((await texts('fe[*]')).toSorted()).toEqual((await texts('fe')).toSorted());
  expect((await world.weir(['logs', '1', 'fe[3]'])).stderr).toContain('fe[0] to fe[2]');
});

test('watch tells of another process what run tells of its own, and ends with its exit code', async () => {
  const { world, run } = await startedRun(['-p', 'fails=true']);
  const lines = world.start(['watch', 'counted']);
  const json = world.start(['watch', '1', '--json']);
  await json.until(/"name":"Running"/);
  world.write('go', '');
  await json.until(/"event":"progress".*"done":1,"total":2,"label":"halves"/);
  world.write('end', '');
  await run.ended;
  const { code, stdout, stderr } = await lines.ended;
  expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
  expect(stderr).toMatch(/✓ count \S+\n/);
  expect(stderr).toContain('✗ last Failed: no luck');
  expect(stderr).toContain('weir logs 1 last');
  const ended = await json.ended;
  expect(ended.code).toBe(5);
  const events = ended.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; name?: string; state?: { name: string } });
  const states = (event: string, name?: string) =>
    events
      .filter((each) => each.event === event && (name === undefined || each.name === name))
      .map((each) => each.state?.name);
  expect(states('run')).toEqual(['Pending', 'Running', 'Failed']);
  expect(states('task', 'last')).toEqual(['Pending', 'Running', 'AwaitingRetry', 'Retrying', 'Failed']);
});

test('a watched run whose process is killed is told with the way to go on', async () => {
  const { world, run } = await startedRun();
  const watching = world.start(['watch']);
  await waitFor('the watch to look', () => world.processes().length >= 2);
  run.kill('SIGKILL');
  await watching.until(/run 1 is interrupted, and no server goes on with it: weir resume 1/);
  for (const name of ['go', 'end']) world.write(name, '');
  expect(await world.weir(['resume'])).toMatchObject({ code: 0 });
  expect(await watching.ended).toMatchObject({ code: 0, stdout: '500\n' });
});

test('wait is silent until all are over; the worst exit code tells, 8 when the time is up', async () => {
  const { world, run } = await startedRun(['-p', 'n=1']);
  const bare = await world.weir(['wait', '1', '--timeout', '10']);
  expect(bare).toMatchObject({ code: 2, stdout: '' });
  expect(bare.stderr).toContain('--timeout: 10 what?');
  const late = await world.weir(['wait', '1', '--timeout', '50ms']);
  expect(late.code).toBe(8);
  expect(late.stdout).toMatch(/^1 {2}counted {2}▸ Running/);
  const waiting = world.start(['wait', '1']);
  for (const name of ['go', 'end']) world.write(name, '');
  expect((await run.ended).code).toBe(0);
  expect(await waiting.ended).toMatchObject({ code: 0, stderr: '' });
  expect((await world.weir(['run', 'flow.ts', '-p', 'fails=true'])).code).toBe(5);
  const both = await world.weir(['wait', '1', '2', '--json']);
  expect(both.code).toBe(5);
  expect((JSON.parse(both.stdout) as { items: { id: number }[] }).items.map((item) => item.id)).toEqual([1, 2]);
});
