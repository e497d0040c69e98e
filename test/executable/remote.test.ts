/** `--api URL`: commands ask a server elsewhere, and tell the same as on its own database. Also what the server refuses. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
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

  // What people read is made from the same JSON as here; only what a clock says differs from one moment to the next.
  const still = (text: string) => text.replace(/\((\d+\w+ ?)+\)|just now|\d+[smh] ago/g, 'then').replace(/ +/g, ' ');
  for (const command of [
    ['show', '1'],
    ['show', 'failing'],
    ['watch', '1'],
    ['watch', 'failing'],
    ['why', '1'],
    ['why', 'failing'],
    ['why', 'adder@03:00'],
    ['compare', '1', '3'],
    ['retry', 'failing', '--dry-run'],
    ['logs', '1'],
    ['wait', '1', '2'],
    ['runs', 'flow:adder', '--limit', '1'],
    ['deployment', 'backfill', 'adder', '--from', '2026-01-01', '--to', '2026-01-03', '--dry-run'],
    ['status'],
  ]) {
    const [there, here, json, jsonHere] = await Promise.all([
      remote(command),
      world.weir(command),
      // Also in the zone of who asks.
      remote([...command, '--json', '--tz', 'Asia/Tokyo']),
      world.weir([...command, '--json', '--tz', 'Asia/Tokyo']),
    ]);
    const told = ({ code, stdout, stderr }: typeof there) => [command, code, still(stdout), still(stderr)];
    expect(told(there)).toEqual(told(here));
    expect([json.code, linesOf(json.stdout)]).toEqual([jsonHere.code, linesOf(jsonHere.stdout)]);
    if (command[0] === 'show') expect(json.stdout).toContain('+09:00","scheduled_at"');
  }
  for (const command of [
    ['runs', 'flow:adder'],
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
  expect(await remote(['model', 'get', 'temperature', '2'])).toMatchObject({ code: 0, stdout: 'two' });
  expect(await remote(['model', 'get', 'temperature', '-o', 'back.txt'])).toMatchObject({ code: 0 });
  expect(readFileSync(`${world.folder}/back.txt`, 'utf8')).toBe('one');
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
  for (const command of [
    ['show', '99'],
    ['watch', 'nosuch'],
    ['retry', '99', '--dry-run'],
  ]) {
    const [there, here] = await Promise.all([remote(command), world.weir(command)]);
    expect([command, there.code, there.stderr]).toEqual([command, 1, here.stderr]);
  }
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

test('a deployment is rolled back, backfilled and deleted on a server elsewhere', async () => {
  const { world, remote } = await servedWorld();
  world.write('flows/flows.ts', FLOWS.replace("cron: '0 3 * * *'", "cron: '0 4 * * *'"));
  await waitFor('the second version', async () =>
    (await world.weir(['deployment', 'history', 'adder'])).stdout.includes('2 *'),
  );
  const asked = ['deployment', 'rollback', 'adder', '--to', '1'];
  const [there, here] = await Promise.all([remote([...asked, '--dry-run']), world.weir([...asked, '--dry-run'])]);
  expect([there.code, there.stdout]).toEqual([0, here.stdout]);
  expect(there.stdout).toContain('+ schedule 0 3 * * *');
  expect((await remote(asked)).stderr).toContain('adder is deployed: version 3; the server goes on with it');
  expect((await remote([...asked, '--json'])).stdout).toContain('"action":"none"');
  const backfill = ['deployment', 'backfill', 'adder', '--from', '2026-01-01', '--to', '2026-01-02'];
  expect((await remote(backfill)).stderr).toContain('2 runs wait in the queue and go on one after another');
  expect((await remote(backfill)).stderr).toContain('nothing to make up for');
  expect((await remote(['deployment', 'delete', 'failing'])).stderr).toContain('deleted failing; its runs stay');
  expect(await remote(['deployment', 'delete', 'failing'])).toMatchObject({ code: 1 });
});

test('a server that is older than a command is named as that', async () => {
  const world = weirWorld();
  const problem = {
    type: 'about:blank',
    title: 'there is nothing at /api/why',
    status: 404,
    code: 'not-found',
    detail: '',
  };
  const server = createServer((_, answer) =>
    answer.writeHead(404, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem)),
  );
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await world.weir(['why', '1', '--api', url], { env: { WEIR_DB: undefined } })).toMatchObject({
    code: 7,
    stderr: expect.stringMatching(/cannot answer this.*\n.*older Weir/),
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

/** Of one object, or of one a line. */
function linesOf(text: string): unknown[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
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
