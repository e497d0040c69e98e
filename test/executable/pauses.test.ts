/** `weir deployment pause` and `resume`, and what is paused because it failed too often, with a server and without one. */
import { expect, test } from 'vitest';
import { type Running, type World, waitFor, weirWorld } from '../support/weir.ts';

const FLOW = (options: string, body: string) => `
  import { flow } from 'weir';
  export default flow({ name: 'tick', schedule: { cron: '* * * * * *', seconds: true }, ${options} }, async () => { ${body} });`;

async function up(world: World): Promise<{ server: Running; url: string }> {
  const server = world.start(['up', 'flows', '--port', '0']);
  const [, url = ''] = await server.until(/(http:\/\/\S+) shows what runs/);
  return { server, url };
}

function skipped(world: World): { readonly reason: string }[] {
  return world.rows("select reason from slots where outcome = 'skipped' and reason like 'paused by%'");
}

test('a deployment that is paused skips what is due, says who and why, and goes on when it is resumed', async () => {
  const world = weirWorld();
  world.write('flows/tick.ts', FLOW('', 'return 1;'));
  const { server } = await up(world);
  await waitFor('a run', () => world.rows('select 1 from flow_runs').length > 0);
  const paused = await world.weir(['deployment', 'pause', 'tick', '--reason', 'migration', '--until', '9d']);
  expect(paused).toMatchObject({ code: 0, stdout: '' });
  expect(paused.stderr).toMatch(/^tick\/default is paused until 20\d\d-.*: what is due meanwhile is skipped/);
  await waitFor('a slot that was skipped', () => skipped(world).length > 0);
  expect(skipped(world)[0]?.reason).toMatch(/^paused by \S+ until .*: migration$/);
  expect((await world.weir(['why', 'tick/default'])).stdout).toMatch(/skipped: paused by \S+ until .*: migration/);
  expect((await world.weir(['runs'])).stderr).toMatch(/tick\/default is paused by .*: migration/);
  expect(await world.json(['deployment', 'resume', 'tick'])).toMatchObject({
    deployment: 'tick/default',
    paused: null,
  });
  const before = world.rows('select 1 from flow_runs').length;
  await waitFor('a run after it', () => world.rows('select 1 from flow_runs').length > before);
  server.kill('SIGTERM');
  await server.ended;
  expect((await world.weir(['deployment', 'resume', 'tick'])).stderr).toBe('tick/default was not paused\n');
});

test('pausing refuses what is not there and an end that has passed, with what was meant', async () => {
  const world = weirWorld();
  world.write('flows/tick.ts', FLOW('', 'return 1;'));
  const { server } = await up(world);
  server.kill('SIGTERM');
  await server.ended;
  expect((await world.weir(['deployment', 'pause', 'tikc'])).stderr).toContain('did you mean tick');
  expect((await world.weir(['deployment', 'pause', 'tick', '--schedule', 'x'])).stderr).toContain(
    'it has "* * * * * *"',
  );
  const over = await world.weir(['deployment', 'pause', 'tick', '--until', '2020-01-01T12:00Z', '--tz', 'Asia/Tokyo']);
  expect(over).toMatchObject({ code: 2 });
  expect(over.stderr).toContain('the pause would be over already: 2020-01-01 21:00:00 has passed');
  expect(await world.weir(['deployment', 'pause', 'tick', '--until', 'soon'])).toMatchObject({ code: 2 });
});

test('runs that fail as often in a row as pauseAfterFailures says pause their deployment, and page and runs say so', async () => {
  const world = weirWorld();
  world.write('flows/tick.ts', FLOW('pauseAfterFailures: 2', "throw new Error('no disk');"));
  const { server, url } = await up(world);
  await waitFor('the pause', () => skipped(world).length > 0);
  expect(world.rows("select 1 from flow_runs where state_type = 'FAILED'").length).toBe(2);
  expect((await world.weir(['runs'])).stderr).toMatch(
    /tick\/default is paused by weir: 2 runs in a row failed, run 2 the last: .*no disk/,
  );
  const html = await (await fetch(url)).text();
  expect(html).toContain('Paused after failures');
  expect(html).toContain('2 runs in a row failed');
  server.kill('SIGTERM');
  await server.ended;
});
