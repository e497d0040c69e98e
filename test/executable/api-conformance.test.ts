/**
 * schemathesis (Python) reads /api/openapi.json from the built executable and asks thousands of questions, right and wrong
 * ones: nothing may be answered by 5xx, or by what the description does not say. Skipped, visibly, where it is not
 * installed; WEIR_TEST_SCHEMATHESIS names the command.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { weirWorld } from '../support/weir.ts';

const SCHEMATHESIS = process.env.WEIR_TEST_SCHEMATHESIS ?? 'schemathesis';
const hasSchemathesis = spawnSync(SCHEMATHESIS, ['--version']).status === 0;
const SEED = process.env.WEIR_TEST_SEED ?? '7';
/** Of each of two rounds; what takes longer is cut off, and what was asked until then counts. */
const SECONDS_EACH = 30;

const FLOWS = `
  import { artifact, flow, metric, task, z } from 'weir';
  const add = task({ name: 'add', retries: 1 }, async (a: number) => { console.log('adding', a); return a + 1; });
  export default flow(
    { name: 'adder', params: z.object({ n: z.number().int().min(0).default(1) }), schedule: { cron: '0 3 * * *', timezone: 'UTC' } },
    async ({ n }) => {
      metric('n', n);
      artifact.markdown('# told', { key: 'note' });
      return add(n);
    },
  );
  export const failing = flow({ name: 'failing' }, async () => { throw new Error('no & <b>'); });`;

/** What exists, so that questions are not only about what does not. */
const KNOWN = `
[parameters]
"path.run" = "1"
"path.task" = 1
"path.flow" = "adder"
"path.name" = "default"
"path.key" = "note"
"path.model" = "temperature"
"path.version" = "1"
"path.limit" = "gpu"
"path.queue" = "default"
"path.variable" = "threshold"
`;

const CHECKS = [
  ...['not_a_server_error', 'status_code_conformance', 'content_type_conformance', 'response_schema_conformance'],
  ...['response_headers_conformance', 'unsupported_method', 'allow_header_conformance'],
];
/** Not where names are given: a wrong one is replaced by them. */
const WITH_WRONG_NAMES = [...CHECKS, 'negative_data_rejection'];

test.skipIf(!hasSchemathesis)(
  'schemathesis finds no 5xx in the API, and no answer that its description does not tell of',
  { timeout: 240_000 },
  async () => {
    const world = weirWorld();
    world.write('flows/flows.ts', FLOWS);
    const file = world.write('schemathesis.toml', KNOWN);
    const server = world.start(['up', 'flows', '--port', '0']);
    const [, url = ''] = await server.until(/(http:\/\/127\.0\.0\.1:\d+) shows what runs/);
    await world.weir(['model', 'register', 'temperature', file]);
    await world.weir(['variable', 'set', 'threshold', '1']);
    await world.weir(['concurrency-limit', 'create', 'gpu', '1']);
    for (const flow of ['adder', 'failing', 'adder']) await world.weir(['deployment', 'run', flow]);
    await world.weir(['wait', '1', '2', '3']);

    const ask = async (config: readonly string[], checks: readonly string[]) => {
      const { code, said } = await schemathesis(world.folder, [
        ...[...config, 'run', `${url}/api/openapi.json`, '--seed', SEED, '--max-time', String(SECONDS_EACH)],
        ...['--phases', 'coverage,fuzzing', '--checks', checks.join(','), '--workers', '1', '--no-shrink'],
        // It never ends, so nobody would wait for its answer: test/http/app.test.ts asks it.
        ...['--warnings', 'off', '--continue-on-failure', '--exclude-path', '/api/events'],
      ]);
      // An address may be very long: both ends say more than all of it.
      expect(code, `${said.slice(0, 10_000)}\n...\n${said.slice(-5000)}`).toBe(0);
      // How many depends on the machine: 400 and more on an idle one.
      expect(Number(/(\d+) generated/.exec(said)?.[1])).toBeGreaterThan(20);
    };
    const description = (await (await fetch(`${url}/api/openapi.json`)).json()) as { paths: Record<string, unknown> };
    expect(description.paths).toHaveProperty([
      '/api/events',
      'get',
      'responses',
      '200',
      'content',
      'text/event-stream',
    ]);
    await ask([], WITH_WRONG_NAMES);
    await ask(['--config-file', file], CHECKS);
    // It is as well as before.
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok' });
    expect(server.stderr).not.toContain('should not have happened');
    server.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
  },
);

async function schemathesis(cwd: string, args: readonly string[]) {
  const child = spawn(SCHEMATHESIS, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const hear = (text: Buffer) => {
    said += text.toString();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said };
}
