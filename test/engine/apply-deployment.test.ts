import { beforeEach, expect, it } from 'vitest';
import { engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

const FLOW = `import { deployment, flow, task, z } from 'weir';
  import { nightly } from './flows/nightly';
  const region = task({ name: 'region' }, (name: string) =>
    deployment({ flow: nightly, name, schedule: '0 2 * * *', params: { region: name }, tags: ['r'] }).apply());
  export default flow({ name: 'set-up' }, async () => [
    await deployment({ flow: nightly, name: 'all', schedule: [] }).apply(),
    ...(await region.map(['eu', 'us'])),
    await deployment({ flow: './flows/other.yaml', storage: 'snapshot' }).apply(),
  ]);`;
const NIGHTLY = `import { flow, z } from 'weir';
  export const nightly = flow({ name: 'nightly', params: z.object({ region: z.string().default('all') }) }, async () => 1);`;

it('a run registers deployments from code, tells what it did, and changes nothing the second time', async () => {
  world.write('flows/nightly.ts', NIGHTLY);
  world.write('flows/other.yaml', 'tasks: { a: { run: ./a.sh } }\n');
  world.write('flows/a.sh', 'echo a\n');
  const path = world.write('set-up.ts', FLOW);
  const first = await world.runFile(path);
  expect(first.state).toMatchObject({ name: 'Completed' });
  const names = ['nightly/all', 'nightly/eu', 'nightly/us', 'other/default'];
  expect(first.value).toEqual(names.map((deployment) => ({ deployment, action: 'add', version: 1, changed: [] })));
  const { deployments } = world.engine.store;
  const eu = deployments.named('nightly', 'eu');
  expect(eu).toMatchObject({ params: { region: 'eu' }, tags: ['r'], path: `${world.folder}/flows/nightly.ts` });
  expect(deployments.schedulesOf(eu?.id ?? 0)).toHaveLength(1);
  expect(deployments.named('other', 'default')?.snapshotHash).not.toBeNull();
  world.write('flows/a.sh', 'echo b\n');
  const again = await world.runFile(path);
  expect(again.value).toMatchObject([
    ...names.slice(0, 3).map((deployment) => ({ deployment, action: 'none', version: 1 })),
    { action: 'change', version: 2, changed: ['code'] },
  ]);
});

it('a deployment that cannot be fails the call with the reason, and registers nothing', async () => {
  world.write('flows/nightly.ts', NIGHTLY);
  const call = (options: string) =>
    world.runFlow(`import { deployment, flow } from 'weir'; import { nightly } from './flows/nightly';
      export default flow({ name: 'fails' }, async () => deployment({ flow: nightly, ${options} }).apply());`);
  expect((await call("params: { regoin: 'eu' }")).state.message).toMatch(/no parameter "regoin"/);
  expect((await call("schedule: '61 * * * *'")).state.message).toMatch(/61/);
  expect((await call("storage: 'snapshot', include: ['nope']")).state.message).toMatch(/there is no such file/);
  expect(world.engine.store.deployments.all()).toEqual([]);
});
