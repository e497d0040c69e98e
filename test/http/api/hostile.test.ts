/** F23: whatever is sent, the answer is 4xx with a sentence and the field at fault, and nothing is changed. */
import { describe, expect, it } from 'vitest';
import { LARGEST_BODY } from '../../../src/http/api/read-body.ts';
import { apiWorld, type Call, DESCRIPTION } from './world.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const RUNS = '/api/deployments/nightly/default/runs';
const put = (raw: string | Uint8Array, headers = JSON_TYPE): Call => ({ method: 'PUT', raw, headers });
const START = (raw: string | Uint8Array, headers: Record<string, string> = JSON_TYPE): Call => ({
  method: 'POST',
  raw,
  headers,
});

const BODIES: readonly (readonly [title: string, call: Call, status: number, field: string | undefined])[] = [
  ['no JSON', START('{"params": '), 400, 'body'],
  ['nothing but a number', START('7'), 400, 'body'],
  ['a list', START('[]'), 400, 'body'],
  ['null', START('null'), 400, 'body'],
  ['a hundred thousand levels', START(`{"params":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), 400, 'body'],
  [
    'a hundred thousand levels of objects',
    START(`{"params":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`),
    400,
    'body',
  ],
  ['brackets that never close', START('['.repeat(1_000_000)), 400, 'body'],
  ['__proto__', START('{"params":{"__proto__":{"polluted":true}}}'), 400, 'params.__proto__'],
  ['__proto__ at the top', START('{"__proto__":{"params":{}}}'), 400, '__proto__'],
  ['1e999', START('{"params":{"a":1e999}}'), 400, 'params.a'],
  ['half a character', START('{"params":{"a":"\\ud800"}}'), 400, 'params.a'],
  ['half a character as a name', START('{"params":{"\\udfff":1}}'), 400, 'params.\ufffd'],
  ['bytes that are no UTF-8', START(new Uint8Array([0x7b, 0xff, 0x7d])), 400, 'body'],
  ['ten megabytes', START(`{"params":{"a":"${'x'.repeat(10_000_000)}"}}`), 413, undefined],
  ['a form', START('params=1', { 'content-type': 'application/x-www-form-urlencoded' }), 415, undefined],
  ['text', START('{}', { 'content-type': 'text/plain' }), 415, undefined],
  ['JSON of no type', START('{}', {}), 415, undefined],
  ['a type that only looks like JSON', START('{}', { 'content-type': 'application/jsonx' }), 415, undefined],
];

const NAMES = [
  '\u0000',
  'a\u0000b',
  '<script>alert(1)</script>',
  '../../etc/passwd',
  '%',
  'a b',
  "'; drop table flow_runs; --",
  '\u202e',
  'x'.repeat(400),
  '😀',
  '__proto__',
  'constructor',
  'toString',
];

const PATHS = [
  '/api/flow-runs/NAME',
  '/api/flow-runs/NAME/logs',
  '/api/flow-runs/NAME/states',
  '/api/task-runs/NAME',
  '/api/task-runs/NAME/logs',
  '/api/deployments/NAME/default',
  '/api/deployments/nightly/NAME',
  '/api/deployments/NAME/NAME/history',
  '/api/deployments/NAME/NAME/slots',
  '/api/concurrency-limits/NAME',
  '/api/work-queues/NAME',
  '/api/models/NAME',
  '/api/models/NAME/versions/NAME',
  '/api/models/NAME/versions/NAME/content',
  '/api/artifacts/NAME/NAME',
  '/api/artifacts/NAME/NAME/content',
  '/api/variables/NAME',
  '/badge/NAME.svg',
  '/status/NAME.txt',
];

describe('F23: hostile requests', () => {
  it.each(BODIES)('a body of %s is refused', async (_, call, status, field) => {
    const world = apiWorld();
    world.deploy('nightly');
    const answer = await world.call(RUNS, call);
    expect([answer.status, answer.json.status]).toEqual([status, status]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    if (field !== undefined) expect(answer.json.field).toBe(field);
    expect(answer.json.title.length).toBeLessThan(500);
    expect(world.store.overview.newestId()).toBe(0);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('names that nobody would give are not found, whatever is in them', async () => {
    const world = apiWorld();
    world.deploy('nightly');
    for (const path of PATHS)
      for (const name of NAMES) {
        const { status, headers } = await world.call(path.replaceAll('NAME', encodeURIComponent(name)));
        expect([path, name, status === 404 || status === 400]).toEqual([path, name, true]);
        expect([headers.get('content-type'), headers.get('x-content-type-options')]).toEqual([
          'application/problem+json',
          'nosniff',
        ]);
      }
  });

  it('what is put under such names is refused, or comes back as it was', async () => {
    const world = apiWorld();
    for (const name of NAMES) {
      const path = encodeURIComponent(name);
      const limit = await world.call(`/api/concurrency-limits/${path}`, put('{"capacity":1}'));
      if (limit.status === 201) expect((await world.call(`/api/concurrency-limits/${path}`)).json.name).toBe(name);
      else expect([name, limit.status]).toEqual([name, 400]);
      const variable = await world.call(`/api/variables/${path}`, put('{"value":"\\u0000<b>"}'));
      if (variable.status === 201)
        expect((await world.call(`/api/variables/${path}`)).json).toMatchObject({ name, value: '\u0000<b>' });
      else expect([name, variable.status]).toEqual([name, 400]);
    }
  });

  it('a parameter that there is none of is named, with the nearest; one given twice is refused', async () => {
    const world = apiWorld();
    expect((await world.call('/api/flow-runs?limt=5')).json).toMatchObject({
      status: 400,
      field: 'limt',
      detail: 'did you mean limit?',
    });
    expect((await world.call('/api/flow-runs?limit=5&limit=6')).json).toMatchObject({ status: 400, field: 'limit' });
    expect((await world.call('/api/flow-runs/1?x=1')).json).toMatchObject({ status: 400, detail: 'it takes none' });
  });

  it.each([
    ...['limit=0', 'limit=1001', 'limit=1e3', 'limit=', 'limit=-1', 'limit=0x10', 'limit=99999999999999999999'],
    ...[
      'cursor=',
      'cursor=x',
      'cursor=WzFd',
      'cursor=bnVsbA',
      'cursor=WyJydW5zIiwtMV0',
      'cursor=WyJydW5zIiwiMSJd',
      'cursor=WyJzbG90cyIsMSwyXQ',
    ],
    ...[
      'state=faild',
      'trigger=x',
      'since=yesterday',
      'since=',
      'since=%00',
      'metric=rmse',
      'metric=rmse:%3Cx',
      'q=nothing',
      'q=flow:',
    ],
    ...[
      'since=99999999999999d',
      'since=%2B275760-09-14',
      'until=-271821-04-19',
      'since=2026-02-30',
      'since=2026-13-01T00:00Z',
    ],
  ])('%s is a bad parameter of the list of runs, or finds nothing', async (query) => {
    const world = apiWorld();
    const { status, json } = await world.call(`/api/flow-runs?${query}`);
    if (status !== 200) expect([status, json.code]).toEqual([400, expect.stringMatching(/^(invalid-value|usage)$/)]);
  });

  it.each([
    'from=99999999999999d',
    'from=%2B275760-09-13',
    'to=99999999999999d',
    'from=-271821-04-21',
    'from=now&to=99999999999d',
    'outcome=all',
    'from=2026-01-02&to=2026-01-01',
  ])('%s is a bad stretch of the ledger, or an empty one', async (query) => {
    const world = apiWorld();
    world.deploy('nightly', { cron: '0 2 * * *' });
    const { status } = await world.call(`/api/slots?${query}`);
    expect([200, 400]).toContain(status);
  });

  it('another method is refused with those that there are, on every resource', async () => {
    const world = apiWorld();
    for (const [template, operations] of Object.entries(DESCRIPTION.paths)) {
      const path = template.replaceAll(/\{\w+\}/g, '1');
      const known = Object.keys(operations).map((each) => each.toUpperCase());
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'].filter((each) => !known.includes(each))) {
        const answer = await world.call(path, { method });
        expect([method, path, answer.status]).toEqual([method, path, 405]);
        const allow = answer.headers.get('allow')?.split(', ') ?? [];
        expect(allow.sort()).toEqual([...known, ...(known.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].sort());
      }
      const options = await world.call(path, { method: 'OPTIONS' });
      expect([options.status, options.headers.get('allow')]).toEqual([204, expect.any(String)]);
    }
    expect((await world.call('/api/nothing', { method: 'PATCH' })).status).toBe(404);
  });

  it('a body is refused where none is taken, and dropped where it is too large', async () => {
    const world = apiWorld();
    world.seed({ state: 'scheduled' });
    expect((await world.call('/api/flow-runs/1/cancel', START('{"force":true}'))).json).toMatchObject({
      status: 400,
      field: 'body',
    });
    expect((await world.call('/api/flow-runs/1/cancel', START('x'.repeat(LARGEST_BODY + 1)))).status).toBe(413);
    expect(world.store.flowRuns.byId(1)?.state.name).toBe('Scheduled');
  });

  it('hostile texts in the rows themselves come back as JSON, byte for byte', async () => {
    const world = apiWorld();
    const text = '<script>\u0000\u0007\u202e"\\\n😀';
    world.seed({
      flow: 'a"b',
      message: text,
      params: { [text]: text },
      tags: [text],
      tasks: [{ name: text, label: text }],
      log: text,
      error: { name: text, message: text, stack: null },
    });
    const { json } = await world.call('/api/flow-runs/1');
    expect([json.state.message, json.params, json.tags, json.tasks[0].name, json.error.message]).toEqual([
      text,
      { [text]: text },
      [text],
      text,
      text,
    ]);
    expect(
      (await world.call('/api/flow-runs/1/logs')).json.items.map((line: { text: string }) => line.text).join('\n'),
    ).toBe(text);
  });
});
