/** The list of flows. */
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { RULES } from '../../support/flow-rules.ts';
import { appWorld, NOW, type Seed } from '../world.ts';

function deploy(
  world: ReturnType<typeof appWorld>,
  flow: string,
  tags: readonly string[] = [],
  description = '',
): number {
  const file = { name: 'default', path: '/f.ts', entry: 'default', options: RULES as never };
  return world.store.deployments.put({ flow, ...file, description, tags, now: NOW });
}

it('of an empty file says what to do', async () => {
  const page = await appWorld().text('/flows');
  expect(page).toContain('No flow has run or is deployed yet');
  expect(page).toContain('weir init');
});

it('has every flow, deployed or not, those that failed first, with what they are for and when they are due', async () => {
  const world = appWorld();
  const id = deploy(world, 'etl', ['data'], 'Copies tables.');
  const times = { timezone: 'UTC', nextAt: NOW + 3_600_000, nextNote: null, now: NOW };
  world.store.deployments.putSchedule({ deploymentId: id, identity: 'a', spec: '{}', ...times });
  deploy(world, 'never');
  world.seed({ flow: 'broken', state: 'failed' });
  world.seed({ flow: 'etl' });
  const page = await world.text('/flows');
  expect(page).toContain('3 flows.');
  const names = [...page.matchAll(/<th scope="row"><a href="\/flows\/([^"]+)">/g)].map(([, name]) => name);
  expect(names).toEqual(['broken', 'etl', 'never']);
  expect(page).toContain('Copies tables. \u00b7 data');
  expect(page).toContain('>13:00</time>');
  expect(page).toContain('not deployed');
  expect(page).toContain('never ran');
});

it('names files that cannot be deployed, with what is wrong', async () => {
  const world = appWorld();
  world.store.brokenFiles.put('/flows/etl.yaml', 'line 3: unknown key "retry"', null, NOW);
  const page = await world.text('/flows');
  expect(page).toContain('A file cannot be deployed');
  expect(page).toContain('/flows/etl.yaml: <span class="dim">line 3: unknown key &quot;retry&quot;</span>');
});

it('of very many shows twenty with their history, folds the next by tag, finds by name and tag, and stays small', async () => {
  const world = appWorld();
  world.store.overview.inSnapshot(() => {
    for (let index = 0; index < 300; index++)
      deploy(
        world,
        `flow-with-a-rather-long-name-${index}`,
        [`tag-${index % 5}`],
        'Does something that takes a while to say. '.repeat(5),
      );
  });
  world.seedMany(
    Array.from({ length: 1000 }, (_, index): Seed => ({ flow: `flow-with-a-rather-long-name-${index % 300}` })),
  );
  const page = await world.text('/flows');
  expect(page).toContain('300 flows.');
  expect(page.match(/class="bars"/g)).toHaveLength(20);
  expect(page.match(/<details id="group/g)).toHaveLength(5);
  expect(page).toContain('More than a page holds');
  expect(page.length).toBeLessThan(50 * 1024);
  expect(gzipSync(page).length).toBeLessThan(12 * 1024);
  const found = await world.text('/flows?q=NAME-29&tag=tag-1');
  expect(found).toContain('300 flows, 2 of them tagged tag-1 with &quot;NAME-29&quot;.');
  expect(found).toContain('name-291');
  expect(await world.text('/flows?q=nothing')).toContain('None of them.');
});
