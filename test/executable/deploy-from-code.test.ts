import { expect, test } from 'vitest';
import { weirWorld } from '../support/weir.ts';

const DEPLOY = `import { deployment } from 'weir';
import nightly from './nightly';

for (const region of ['eu', 'us'])
  await deployment({ flow: nightly, name: region, schedule: '0 2 * * *', params: { region } }).apply();
deployment({ flow: './other.yaml', storage: 'snapshot' }).apply();
`;

test('a file of code declares deployments: apply shows all of them and registers them together, up and run take it for no flow', async () => {
  const world = weirWorld();
  world.write(
    'nightly.ts',
    "import { flow, z } from 'weir';\nexport default flow({ params: z.object({ region: z.string() }) }, async ({ region }) => region);\n",
  );
  world.write('other.yaml', 'tasks: { a: { run: echo hi } }\n');
  world.write('deploy.ts', DEPLOY);
  const dry = await world.weir(['deployment', 'apply', 'deploy.ts', '--dry-run']);
  expect(dry, dry.stderr).toMatchObject({ code: 0 });
  expect(dry.stdout).toMatch(/\+ nightly\/eu: [\s\S]*\+ nightly\/us: [\s\S]*\+ other: [\s\S]*snapshot of 1 file/);
  expect(world.rows('select name from deployments')).toEqual([]);
  type Plans = { items: { deployment: string; action: string; applied: boolean }[] };
  const applied = await world.json<Plans>(['deployment', 'apply', 'deploy.ts']);
  expect(applied.items.map(({ deployment, action }) => `${deployment} ${action}`)).toEqual([
    'nightly/eu add',
    'nightly/us add',
    'other/default add',
  ]);
  expect(world.rows('select distinct origin from deployment_versions')).toEqual([{ origin: 'apply' }]);
  world.write('deploy.ts', DEPLOY.replace("'us'", "'us', 'asia'").replace('other.yaml', 'nope.yaml'));
  const broken = await world.weir(['deployment', 'apply', 'deploy.ts']);
  expect(broken.stderr).toMatch(/nope\.yaml/);
  expect(world.rows("select name from deployments where name = 'asia'")).toEqual([]);
  const run = await world.weir(['run', 'deploy.ts']);
  expect(run).toMatchObject({ code: 2, stderr: expect.stringMatching(/declares deployments[\s\S]*deployment apply/) });
  const up = world.start(['up', '.', '--port', '0']);
  await up.until(/shows what runs/);
  expect(up.stderr).not.toMatch(/broken/);
  up.kill('SIGTERM');
  await up.ended;
  world.write('empty.ts', "import { deployment } from 'weir';\n");
  const empty = await world.weir(['deployment', 'apply', 'empty.ts']);
  expect(empty.stderr).toMatch(/declares no deployment/);
});
