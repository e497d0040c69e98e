/** `--api URL`: commands ask a server elsewhere, and tell the same as on its own database. Also what the server refuses. */
import { request } from 'node:http';
import { expect, test } from 'vitest';
import { type World, waitFor, weirWorld } from '../support/weir.ts';

const TOKEN = 'a-long-secret-token';
const FLOWS = `
  import { artifact, flow, metric, task, z } from 'weir';
  import { existsSync } from 'node:fs';
  import { context } from 'weir';
  const add = task({ name: 'add' }, async (a: number) => { console.log('adding', a); return a + 1; });
  export default flow(
    { name: 'adder', params: z.object({ n: z.number().int().default(1), day: z.coerce.date().optional() }), schedule: { cron: '0 3 * * *', timezone: 'UTC' } },
    async ({ n }) => { metric('n', n); artifact.markdown('# told', { key: 'note' }); return add(n); },
  );
  const step = task({ name: 'step' }, async () => { console.log('begun'); while (!existsSync(context().dir + '/go')) await new Promise((r) => setTimeout(r, 20)); console.log('done'); });
  export const gated = flow({ name: 'gated' }, async () => { await step(); });
  export const failing = flow({ name: 'failing' }, async () => { throw new Error('no'); });`;

test('commands on a server elsewhere tell what they tell on its database, and end alike', async () => {
  const { world, url, remote } = await servedWorld();
  expect(await remote(['deployment', 'run', 'adder', '-p', 'n=41', '-p', 'day=2026-01-05'])).toMatchObject({
    code: 0,
    stdout: '1\n',
  });
  expect(await remote(['watch', '1'])).toMatchObject({ code: 0 });
  expect((await remote(['deployment', 'run', 'failing'])).stdout).toBe('2\n');
  expect(await remote(['wait', '2', '1'])).toMatchObject({ code: 5 });
  expect((await remote(['rerun', '1', '-p', 'n=1'])).stdout).toBe('3\n');
  expect(await remote(['wait', '3', '--timeout', '40s'])).toMatchObject({ code: 0 });
  expect(await remote(['retry', '1'])).toMatchObject({ code: 1, stderr: expect.stringContaining('weir rerun 1') });
  expect(await remote(['variable', 'set', 'threshold', '[1, 2]', '--as-json'])).toMatchObject({ code: 0 });
  expect(await remote(['concurrency-limit', 'create', 'gpu', '2'])).toMatchObject({ code: 0 });
  for (const words of ['one', 'two']) {
    const file = world.write('model.txt', words);
    await world.weir(['model', 'register', 'temperature', file]);
  }
  expect((await remote(['model', 'promote', 'temperature', '1'])).stdout).toBe('version 1 is in Production\n');
  expect((await remote(['model', 'promote', 'temperature', '2'])).code).toBe(0);
  expect((await remote(['model', 'rollback', 'temperature'])).stdout).toBe('rolled back to 1\n');
  expect(await remote(['deployment', 'pause', 'adder', '--reason', 'why not'])).toMatchObject({ code: 0 });

  for (const command of [
    ['runs', 'flow:adder'],
    ['show', '1'],
    ['show', 'failing'],
    ['logs', '1'],
    ['deployment', 'ls'],
    ['deployment', 'inspect', 'adder'],
    ['schedule', 'slots'],
    ['deployment', 'history', 'adder'],
    ['artifact', 'ls', '1'],
    ['artifact', 'inspect', '1', 'note'],
    ['model', 'ls'],
    ['model', 'inspect', 'temperature'],
    ['concurrency-limit', 'ls'],
    ['concurrency-limit', 'inspect', 'gpu'],
    ['variable', 'ls'],
    ['variable', 'get', 'threshold'],
    ['status'],
  ]) {
    const [there, here, told] = await Promise.all([
      remote([...command, '--json']),
      world.weir([...command, '--json']),
      remote(command),
    ]);
    expect([command, there.code, told.code]).toEqual([command, 0, 0]);
    expect([command, JSON.parse(there.stdout)]).toEqual([command, JSON.parse(here.stdout)]);
    expect(told.stderr).not.toContain('should not have happened');
  }
  expect(await remote(['artifact', 'get', 'adder~1', 'note'])).toMatchObject({ code: 0, stdout: '# told' });
  expect((await remote(['show', '1'])).stdout).toContain('✓ adder, run 1: Completed');
  expect((await remote(['runs', 'state:failed'])).stdout).toMatch(/^2 +failing/m);
  expect(await remote(['deployment', 'resume', 'adder'])).toMatchObject({ code: 0 });
  for (const command of [
    ['variable', 'unset', 'threshold'],
    ['concurrency-limit', 'delete', 'gpu'],
  ])
    expect((await remote(command)).code).toBe(0);
  expect(await remote(['variable', 'get', 'threshold'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no variable'),
  });

  // What works only on this machine says so; a database that is named counts before an address that is always set.
  expect(await remote(['sql', 'select 1'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('works only on this machine'),
  });
  const env = { WEIR_API_URL: url, WEIR_API_TOKEN: TOKEN };
  expect(await world.weir(['show', '1'], { env: { ...env, WEIR_DB: undefined } })).toMatchObject({ code: 0 });
  expect((await world.weir(['runs', '--db', world.db], { env })).code).toBe(0);
  expect((await world.weir(['run', 'flows/flows.ts:adder'], { env })).code).toBe(0);
  expect(await world.weir(['runs', '--api', 'http://127.0.0.1:9'])).toMatchObject({ code: 9 });
  for (const token of [undefined, 'wrong'])
    expect(await remote(['runs'], { WEIR_API_TOKEN: token })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('WEIR_API_TOKEN'),
    });
});

test('a log is followed on a server elsewhere until the run is over, and cancelling reaches it', async () => {
  const { world, remote, start } = await servedWorld();
  await remote(['deployment', 'run', 'gated']);
  const logs = start(['logs', '1', '-f']);
  await logs.until(/begun/);
  world.write('flows/go', '');
  expect(await logs.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/begun\n.*done\n$/s) });
  await world.weir(['cancel', '1']);
  const { rmSync } = await import('node:fs');
  rmSync(`${world.folder}/flows/go`);
  await remote(['deployment', 'run', 'gated']);
  await waitFor('the second to run', async () => (await world.show(2)).state.type === 'RUNNING');
  expect(await remote(['cancel', '2'])).toMatchObject({ code: 0 });
  expect(await remote(['wait', '2'])).toMatchObject({ code: 6 });
});

test('F23: the server answers strange requests over the wire by 4xx, and goes on', async () => {
  const { world, url } = await servedWorld({ host: '127.0.0.1' });
  const path = '/api/deployments/adder/default/runs';
  const large = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ params: { n: 'x'.repeat(10_000_000) } }),
  });
  expect([large.status, (await large.json()) as object]).toEqual([413, expect.objectContaining({ code: 'too-large' })]);
  for (const method of ['TRACE', 'PROPFIND', 'QUERY'])
    expect([method, await ask(url + path, method)]).toEqual([method, 405]);
  for (const method of ['TRACE', 'PROPFIND']) expect(await ask(url, method)).toBeLessThan(500);
  expect(await ask(`${url}${path}`, 'POST', { host: 'evil.example' })).toBe(403);
  expect(await ask(`${url}${path}`, 'POST', { origin: 'http://evil.example' })).toBe(403);
  expect(await ask(`${url}${path}`, 'POST', { 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await ask(`${url}/api/%ff%00/..%2f..`, 'GET')).toBe(404);
  expect((await world.runs()).length).toBe(0);
  expect((await fetch(`${url}/health`)).status).toBe(200);
});

test('without a token the server is refused beyond this machine, with a sentence', async () => {
  const world = weirWorld();
  world.write('flows/flows.ts', FLOWS);
  const refused = await world.weir(['up', 'flows', '--host', '0.0.0.0', '--port', '0']);
  expect(refused).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('set WEIR_API_TOKEN to a long random text'),
  });
});

async function servedWorld({ host = '0.0.0.0' } = {}) {
  const world: World = weirWorld();
  world.write('flows/flows.ts', FLOWS);
  const env = { WEIR_API_TOKEN: TOKEN };
  const server = world.start(['up', 'flows', '--host', host, '--port', '0'], { env });
  const [, port = ''] = await server.until(/http:\/\/[\w.]+:(\d+) shows what runs/);
  const url = `http://127.0.0.1:${port}`;
  const argv = (args: readonly string[]) => [...args, '--api', url];
  return {
    world,
    url,
    remote: (args: readonly string[], more: Record<string, string | undefined> = {}) =>
      world.weir(argv(args), { env: { ...env, WEIR_DB: undefined, ...more } }),
    start: (args: readonly string[]) => world.start(argv(args), { env: { ...env, WEIR_DB: undefined } }),
  };
}

/** Methods and headers that fetch does not send. */
function ask(url: string, method: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    asked.on('error', reject);
    asked.end();
  });
}
