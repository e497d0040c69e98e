/**
 * `weir up` follows the files below its paths: what is edited is deployed, what is broken keeps its last good version,
 * what is gone is not scheduled any longer, and runs keep the version that they were made with.
 */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Running, type World, waitFor, weirWorld } from '../support/weir.ts';

/** Returns what it and its import said when the run was made, once it is let go. */
const GATED = (word: string, options = '') => `
  import { existsSync } from 'node:fs';
  import { context, flow, task } from 'weir';
  import { suffix } from './parts/suffix';
  const wait = task({ name: 'wait' }, async () => {
    while (!existsSync(context().dir + '/go')) await new Promise((done) => setTimeout(done, 5));
  });
  export default flow({ name: 'gated', ${options} }, async () => { await wait(); return '${word}' + suffix; });`;

const QUICK = (name: string, result = name) =>
  `import { flow } from 'weir';\nexport default flow({ name: '${name}' }, async () => '${result}');\n`;

test('F17 a flow file is edited, broken, mended, renamed and deleted while runs are in flight: they keep their version, the page names file and line, the old version stays deployed', async () => {
  const world = weirWorld();
  world.write('flows/parts/suffix.ts', "export const suffix = '!';\n");
  world.write('flows/gated.ts', GATED('one'));
  const { server, url } = await up(world);
  const started = async () => {
    const { stdout } = await world.weir(['deployment', 'run', 'gated']);
    const id = Number(stdout);
    await waitFor(
      `run ${id} to wait in its task`,
      () => world.rows("select 1 from task_runs where flow_run_id = ? and state_type = 'RUNNING'", id).length === 1,
    );
    return id;
  };
  const first = await started();

  world.write('flows/gated.ts', GATED('two'));
  await server.until(/deployed gated, .*version 2 \(code changed\)/);
  const second = await started();

  // The import alone: it is part of the flow's code.
  world.write('flows/parts/suffix.ts', "export const suffix = '?';\n");
  await server.until(/deployed gated, .*version 3 \(code changed\)/);

  world.write('flows/gated.ts', `${GATED('three')}\nconst x = ;\n`);
  await server.until(/broken: .*flows\/gated\.ts:9:11: .*[\s\S]*gated goes on with version 3/);
  expect(await (await fetch(url)).text()).toMatch(/flows\/gated\.ts:9:11/);
  expect((await world.weir(['status'])).stdout).toMatch(/✗ broken +gated +.*flows\/gated\.ts:9:11/);
  const third = await started();

  world.write('flows/gated.ts', GATED('four'));
  await server.until(/deployed gated, .*version 4 \(code changed\), mended/);
  const fourth = await started();
  expect(await (await fetch(url)).text()).not.toContain('gated.ts:9:11');

  renameSync(`${world.folder}/flows/gated.ts`, `${world.folder}/flows/moved.ts`);
  await server.until(/deployed gated, .*version 5 \(code, file changed\)/);
  rmSync(`${world.folder}/flows/moved.ts`);
  await server.until(/removed gated: flows\/moved\.ts is gone; .*its runs stay: weir runs flow:gated/);

  world.write('flows/go', '');
  const results = async () =>
    Promise.all([first, second, third, fourth].map(async (id) => (await world.show(id)).result));
  await waitFor(
    'all runs to end',
    () => world.rows("select 1 from flow_runs where state_type <> 'COMPLETED'").length === 0,
  );
  expect(await results()).toEqual(['one!', 'two!', 'two?', 'four?']);
  expect((await world.weir(['deployment', 'ls'])).stderr).toContain('nothing is deployed');
  const history = await world.json<{ items: { version: number; changed: string[] }[] }>([
    'deployment',
    'history',
    'gated',
  ]);
  expect(history.items.map(({ version }) => version)).toEqual([5, 4, 3, 2, 1]);

  // A file that comes back is the same deployment again.
  world.write('flows/gated.ts', GATED('four'));
  await waitFor('it to be deployed again', () => deployed(world).length === 1);
  await stop(server);
});

test('files that appear are deployed, also in new folders, and YAML beside TypeScript; a file of another kind is left alone', async () => {
  const world = weirWorld();
  mkdirSync(`${world.folder}/flows`);
  const { server } = await up(world);
  await server.until(/no flow was found to deploy/);
  world.write('flows/new/v1.2/one.ts', QUICK('one'));
  await server.until(/deployed one, no schedule/);
  world.write('flows/two.yaml', 'schedule: "0 2 * * *"\ntasks:\n  hello: { run: echo hello }\n');
  await server.until(/deployed two, next at /);
  world.write('flows/settings.yaml', 'colour: blue\n');
  world.write('flows/parts.ts', 'export const x = 1;\n');
  world.write('flows/node_modules/weird/index.ts', QUICK('weird'));
  world.write('flows/three.ts', QUICK('three'));
  await server.until(/deployed three/);
  expect(deployed(world)).toEqual(['one', 'three', 'two']);
  await stop(server);
});

test('two files with a flow of one name: both are named, the first keeps its deployment, and the second has it once the first lets go', async () => {
  const world = weirWorld();
  world.write('flows/a.ts', QUICK('same', 'of a'));
  const { server } = await up(world);
  world.write('flows/0.ts', QUICK('same', 'of 0'));
  await server.until(/broken: two files have a flow named "same": \S*flows\/a\.ts and \S*flows\/0\.ts/);
  // Nothing is wrong with either of them alone.
  const [, check = ''] = /weir check (\S+a\.ts \S+0\.ts)/.exec((await world.weir(['status'])).stdout) ?? [];
  expect((await world.weir(['check', ...check.split(' ')])).stdout).toContain('has a flow named "same" too');
  expect(world.rows('select path from deployments where deleted_at is null')).toEqual([
    { path: `${world.folder}/flows/a.ts` },
  ]);
  await stop(server);
  // Also after a restart: whose it is does not depend on the order of names.
  const again = await up(world);
  await again.server.until(/broken: two files have a flow named "same"/);
  world.write('flows/a.ts', QUICK('other', 'of a'));
  await again.server.until(/deployed other, no schedule/);
  await waitFor('both to be deployed', () => deployed(world).join() === 'other,same');
  expect(world.rows("select path from deployments where flow = 'same'")).toEqual([
    { path: `${world.folder}/flows/0.ts` },
  ]);
  await stop(again.server);
});

test('what was removed while no server ran is not scheduled any longer; --no-follow leaves later changes alone', async () => {
  const world = weirWorld();
  world.write('flows/stays.ts', QUICK('stays'));
  world.write('flows/goes.ts', QUICK('goes'));
  await stop((await up(world)).server);
  rmSync(`${world.folder}/flows/goes.ts`);
  const { server } = await up(world, '--no-follow');
  await server.until(/removed goes: flows\/goes\.ts is gone/);
  expect(deployed(world)).toEqual(['stays']);
  world.write('flows/late.ts', QUICK('late'));
  world.write('flows/stays.ts', QUICK('stays', 'changed'));
  const { stdout } = await world.weir(['deployment', 'run', 'stays']);
  await waitFor('the run to end', async () => (await world.show(stdout.trim())).state.type === 'COMPLETED');
  expect(await world.show(stdout.trim())).toMatchObject({ result: 'stays', deployment: 'stays/default' });
  expect(deployed(world)).toEqual(['stays']);
  await stop(server);
});

async function up(world: World, ...flags: string[]): Promise<{ server: Running; url: string }> {
  const server = world.start(['up', 'flows', '--port', '0', ...flags]);
  const [, url = ''] = await server.until(/(http:\/\/\S+) shows what runs/);
  return { server, url };
}

async function stop(server: Running): Promise<void> {
  server.kill('SIGTERM');
  const { code, stderr } = await server.ended;
  expect(code, stderr).toBe(0);
  expect(stderr).not.toMatch(/^weir:|should not have happened/m);
}

function deployed(world: World): string[] {
  return world
    .rows<{ flow: string }>('select flow from deployments where deleted_at is null order by flow')
    .map(({ flow }) => flow);
}
