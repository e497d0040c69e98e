/** `weir deployment ...`, `weir status`, `weir server start`: registering, changing, going back, and what is said of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Running, type World, waitFor, weirWorld } from '../support/weir.ts';

const FLOW = `
import { flow, z } from 'weir';
export default flow(
  { name: 'nightly', schedule: '0 2 * * *', params: z.object({ n: z.number().default(3), who: z.string().default('me') }) },
  async ({ n, who }) => { if (n > 5) throw new Error('too much'); return who + n; },
);
`;

interface Plan {
  readonly action: string;
  readonly applied: boolean;
  readonly changed: string[];
  readonly added_schedules: string[];
  readonly removed_schedules: string[];
  readonly version: number | null;
  readonly in_flight: number[];
}

test('build writes a deployment.yaml to be edited, apply shows its plan and registers it, and the second time there is nothing to do', async () => {
  const world = weirWorld();
  world.write('nightly.ts', FLOW);
  expect(await world.weir(['deployment', 'build', 'nightly.ts'])).toMatchObject({
    code: 0,
    stdout: 'deployment.yaml\n',
  });
  const again = await world.weir(['deployment', 'build', 'nightly.ts']);
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('is there already') });

  const plan = await world.json<Plan>(['deployment', 'apply', '--dry-run']);
  expect(plan).toMatchObject({ action: 'add', applied: false, added_schedules: ['0 2 * * *'], version: null });
  expect(world.rows('select 1 from deployments')).toEqual([]);
  const applied = await world.weir(['deployment', 'apply']);
  expect(applied.stdout).toMatch(/^\+ nightly: .*nightly\.ts\n {2}\+ schedule 0 2 \* \* \*\n {4}next at /);
  expect(applied.stderr).toContain('version 1; nothing is started while no server runs: weir server start');
  expect((await world.weir(['deployment', 'apply'])).stdout).toBe('= nightly: nothing changes, it is version 1\n');

  // Every line that build has written as a comment is one that apply understands.
  const file = `${world.folder}/deployment.yaml`;
  const written = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    written.replaceAll(/^# (schedule|params|tags|description|[ ]+\S)/gm, '$1').replace('n: 3', 'n: 4'),
  );
  expect(await world.json<Plan>(['deployment', 'apply'])).toMatchObject({
    action: 'change',
    applied: true,
    changed: ['parameters', 'tags', 'description'],
    version: 2,
  });
  expect(await world.json(['deployment', 'inspect', 'nightly'])).toMatchObject({
    ...{ schema: 'weir.deployment/1', deployment: 'nightly/default', version: 2, tags: ['nightly'] },
    ...{ params: { n: 4, who: 'me' }, schedules: [{ schedule: '0 2 * * *', overlap: 'skip' }] },
  });
  for (const [text, message] of [
    ['flow: ./nope.ts\n', /names \S*nope\.ts, and there is no such file/],
    ['flow: ./nightly.ts\nnam: x\n', /deployment\.yaml:2:1: there is no key "nam"[\s\S]*did you mean name\?/],
    ['flow: ./nightly.ts\nparams: { m: 1 }\n', /the flow "nightly" has no parameter "m"[\s\S]*it has n, who/],
    ['flow: ./nightly.ts\nschedule: 61 * * * *\n', /61/],
    ['tags: [a\n', /deployment\.yaml:\d+:\d+: /],
  ] as const) {
    writeFileSync(file, text);
    const refused = await world.weir(['deployment', 'apply']);
    expect(refused, refused.stderr).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
  }
  expect(world.rows('select number from deployments')).toEqual([{ number: 2 }]);
});

test('a deployment is run with its parameters by the server, rolled back, kept so by up until its file changes, and deleted with its history kept', async () => {
  const world = weirWorld();
  const file = world.write('flows/nightly.ts', FLOW);
  world.write('flows/eu.yaml', 'flow: ./nightly.ts\nname: eu\nparams: { who: eu }\nschedule: []\n');
  await world.weir(['deployment', 'create', 'flows/nightly.ts']);
  await world.weir(['deployment', 'apply', 'flows/eu.yaml']);
  const waits = await world.weir(['deployment', 'run', 'nightly/eu', '-p', 'n=5']);
  expect(waits).toMatchObject({ code: 0, stdout: '1\n', stderr: expect.stringContaining('no server is running') });
  const unknown = await world.weir(['deployment', 'run', 'nightly']);
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('name one: nightly/default, nightly/eu') });

  const server = await start(world, ['server', 'start']);
  await waitFor('the run to complete', async () => (await world.show(1)).state.type === 'COMPLETED');
  expect(await world.show(1)).toMatchObject({ result: 'eu5', deployment: 'nightly/eu', trigger: 'cli' });
  const key = ['deployment', 'run', 'nightly/default', '--idempotency-key', 'k'];
  expect((await world.weir([...key, '-p', 'n=9'])).stdout).toBe('2\n');
  expect((await world.weir(key)).stdout).toBe('2\n');
  await waitFor('it to fail', async () => (await world.show(2)).state.type === 'FAILED');
  const status = await world.weir(['status']);
  expect(status.stdout).toMatch(/^Needs attention\n✗ failed +nightly +Failed: too much, .* weir show 2\n/);
  expect(status.stdout).toMatch(new RegExp(`Server http://\\S+ \\(pid ${server.pid}\\), up since `));
  await stop(server);

  writeFileSync(file, FLOW.replace('who + n', 'n + who'));
  const up = await start(world, ['up', 'flows']);
  await up.until(/deployed nightly, .*version 2 \(code changed\)/);
  await up.until(/deployed nightly\/eu, no schedule: version 2 \(code changed\)/);
  const back = await world.json<Plan>(['deployment', 'rollback', 'nightly/default']);
  expect(back).toMatchObject({ action: 'change', changed: ['code'], version: 3, applied: true });
  expect((await world.weir(['deployment', 'rollback', 'nightly/default', '--yes'])).stderr).toContain(
    'nightly/default is version 3, which is version 1 again: there is none before that',
  );
  await stop(up);
  const same = await start(world, ['up', 'flows']);
  expect(same.stderr).toMatch(/deployed nightly, .*: version 3, rolled back/);
  writeFileSync(file, FLOW.replace('who + n', 'n * 2'));
  await same.until(/deployed nightly, .*version 4 \(code changed\)/);
  await stop(same);

  const history = await world.json<{ items: object[] }>(['deployment', 'history', 'nightly/default']);
  expect(history.items).toMatchObject([
    { version: 4, current: true, origin: 'up', changed: ['code'] },
    { version: 3, origin: 'rollback', same_as: 1 },
    { version: 2, origin: 'up' },
    { version: 1, origin: 'apply', changed: [] },
  ]);
  expect(await world.weir(['deployment', 'delete', 'nightly/eu'])).toMatchObject({ code: 0 });
  const { items } = await world.json<{ items: object[] }>(['deployment', 'ls']);
  expect(items).toMatchObject([{ deployment: 'nightly/default', version: 4, last_run: { id: 2 } }]);
  expect((await world.weir(['deployment', 'history', 'nightly/eu'])).stderr).toMatch(/^deleted /);
  expect(await world.show(1)).toMatchObject({ deployment: 'nightly/eu' });
  const gone = await world.weir(['deployment', 'run', 'nightly/eu']);
  expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('nightly/eu was deleted') });
});

async function start(world: World, args: readonly string[]): Promise<Running> {
  const server = world.start([...args, '--port', '0']);
  await server.until(/shows what runs/);
  return server;
}

async function stop(server: Running): Promise<void> {
  server.kill('SIGTERM');
  const { code, stderr } = await server.ended;
  expect(code, stderr).toBe(0);
  expect(stderr).not.toMatch(/^weir:|should not have happened/m);
}
