import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ModelSelector, ModelStage, PromotionRule } from '../../src/model/registered-model.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { createRegistry, type Origin, parseStage, type Registration, type Registry } from '../../src/store/registry.ts';
import { createWriter } from '../../src/store/writer.ts';

const RULE: PromotionRule = { metric: 'rmse', goal: 'min', margin: 0, minimum: null, dataIdentity: 'week 40' };
const TASK: Origin = { flowRunId: 1043, taskRunId: 7 };
const T = 'temperature';

let world: string;
let path: string;
let database: Database;
let registry: Registry;
let now: number;

beforeEach(() => {
  world = mkdtempSync(join(tmpdir(), 'weir-registry-'));
  path = join(world, 'weir.db');
  database = openDatabase(path);
  registry = createRegistry(database);
  now = 1_760_000_000_000;
});
afterEach(() => {
  database.close();
  rmSync(world, { recursive: true, force: true });
});

function write<T>(work: () => T): T {
  return database.transaction(work).immediate();
}

function hashOf(number: number): string {
  return number.toString(16).padStart(64, '0');
}

let contents = 0;
function registration(over: Partial<Registration> = {}): Registration {
  const labels = { metrics: {}, params: {}, tags: {} };
  return {
    model: T,
    contentHash: hashOf(++contents),
    size: 10,
    format: 'value',
    fileName: 'model.bin',
    labels,
    origin: null,
    now: now++,
    ...over,
  };
}

const register = (over: Partial<Registration> = {}) => write(() => registry.register(registration(over)));

function registerMany(count: number): void {
  for (let left = count; left > 0; left--) register();
}

function decide(
  candidate: number,
  candidateValue: number,
  production: number | null,
  productionValue: number | null,
  origin: Origin | null = null,
  rule = RULE,
) {
  return write(() =>
    registry.decide({
      model: T,
      rule,
      candidate,
      candidateValue,
      production,
      productionValue,
      origin,
      decidedBy: 'weekly-retrain',
      now: now++,
    }),
  );
}

const promote = (selector: ModelSelector, stage: ModelStage = 'Production', origin: Origin | null = null) =>
  write(() => registry.promote({ model: T, selector, stage, by: 'ann', origin, now: now++ }));
const rollback = (origin: Origin | null = null) =>
  write(() => registry.rollback({ model: T, by: 'ann', origin, now: now++ }));

/** `{ 1: 'Archived previous', 2: 'Production champion' }` */
function picture(): Record<number, string> {
  return Object.fromEntries(
    registry.list(T).map(({ version, stage, aliases }) => [version, [stage, ...aliases].join(' ')]),
  );
}

const saying = (code: string, message: string, hint?: string) =>
  expect.objectContaining({
    name: 'WeirError',
    code,
    message: expect.stringContaining(message),
    ...(hint === undefined ? {} : { hint: expect.stringContaining(hint) }),
  });

describe('Registering', () => {
  test('counts versions 1, 2, 3 for each model', () => {
    expect(
      [register(), register(), register({ model: 'rain' }), register()].map(
        ({ model, version }) => `${model} ${version}`,
      ),
    ).toEqual(['temperature 1', 'temperature 2', 'rain 1', 'temperature 3']);
  });

  test('keeps everything that was said of the version', () => {
    const labels = {
      metrics: { rmse: 2.31, 'a.b"c': 1e-7 },
      params: { alpha: 0.1, deep: { list: [1, null] }, big: 2n ** 70n },
      tags: { week: '40' },
    };
    const version = register({
      labels,
      origin: TASK,
      format: 'file',
      fileName: 'model.pkl',
      size: 123,
      contentHash: hashOf(255),
    });
    expect(version).toEqual({
      model: T,
      version: 1,
      stage: 'None',
      aliases: [],
      format: 'file',
      fileName: 'model.pkl',
      size: 123,
      contentHash: hashOf(255),
      metrics: labels.metrics,
      params: { ...labels.params, big: '1180591620717411303424' },
      tags: { week: '40' },
      run: 1043,
      createdAt: now - 1,
    });
    expect(registry.get(T, 1)).toEqual(version);
  });

  test('the same content again from the same task is the version that exists', () => {
    const first = registration({ origin: TASK });
    expect(register(first)).toEqual(register({ ...first, now: now++ }));
    expect(registry.list(T)).toHaveLength(1);
  });

  test('another task, run, model or content, or nobody, makes another version', () => {
    const first = registration({ origin: TASK });
    const bare = registration({ origin: null });
    const others = [
      first,
      { ...first, origin: { ...TASK, taskRunId: 8 } },
      { ...first, origin: { ...TASK, flowRunId: 1044 } },
      { ...first, origin: { ...TASK, taskRunId: null } },
      { ...first, contentHash: hashOf(1e6) },
      bare,
      bare,
    ];
    expect(others.map((one) => register(one).version)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(register({ ...first, model: 'rain' }).version).toBe(1);
    expect(
      register({ ...first, origin: { ...TASK, taskRunId: null } }).version,
      'the body of a flow is an origin too',
    ).toBe(4);
  });

  test.each(['', '  ', 'a/b', '../a', '.', '..', 'a\nb', 'a\u0000', 'a\u007f', 'x'.repeat(201), '\ud800'])(
    '%j is no name of a model',
    (model) => {
      expect(() => register({ model })).toThrow(saying('invalid-value', 'cannot be a model name'));
      expect(registry.listModels()).toEqual([]);
    },
  );

  test.each(['Wärme', 'x'.repeat(200), 'a b', '3', 'latest', 'it\'s "q"', '__proto__', '模型'])(
    '%j is a name of a model',
    (model) => {
      expect(register({ model }).model).toBe(model);
      expect(registry.get(model, 'latest').version).toBe(1);
    },
  );

  test('metrics that are no numbers, content that is no hash and params that cannot be written are refused', () => {
    const labels = { metrics: {}, params: {}, tags: {} };
    expect(() => register({ labels: { ...labels, metrics: { rmse: NaN } } })).toThrow(
      saying('invalid-value', 'metric "rmse" of model "temperature" is NaN'),
    );
    expect(() => register({ contentHash: '../../x' })).toThrow(saying('invalid-value', 'no content hash'));
    expect(() => register({ fileName: '../x' })).toThrow(saying('invalid-value', 'cannot be a file name'));
    const loop: Record<string, unknown> = {};
    loop.loop = loop;
    expect(() => register({ labels: { ...labels, params: loop } })).toThrow(
      saying('not-storable', 'params of model "temperature"'),
    );
    expect(registry.listModels()).toEqual([]);
  });

  test('outside a transaction is a programming mistake', () => {
    expect(() => registry.register(registration())).toThrow(/writer\.write/);
  });
});

describe('Finding a version', () => {
  beforeEach(() => {
    registerMany(4);
    promote(1);
    promote(2);
    promote(3, 'Staging');
    write(() => registry.setAlias({ model: T, alias: 'Nightly', selector: 1, now }));
  });

  test.each([
    [3, 3],
    ['3', 3],
    ['latest', 4],
    ['Latest', 4],
    ['Production', 2],
    ['production', 2],
    ['STAGING', 3],
    ['archived', 1],
    ['none', 4],
    ['champion', 2],
    ['previous', 1],
    ['Nightly', 1],
  ] as const)('%j is version %d', (selector, version) => {
    expect(registry.get(T, selector).version).toBe(version);
  });

  test.each([
    ['temprature', 1, 'there is no model "temprature"', 'did you mean "temperature"? models are temperature'],
    [
      T,
      9,
      'model "temperature" has no version 9',
      'versions go up to 4, version 2 is in Production, aliases are Nightly, champion, previous',
    ],
    [T, '0', 'model "temperature" has no version 0', 'versions go up to 4'],
    [T, 1.5, 'model "temperature" has no version 1.5', 'versions go up to 4'],
    [T, NaN, 'model "temperature" has no version NaN', 'versions go up to 4'],
    [T, 'champoin', 'no version, stage or alias "champoin"', 'did you mean "champion"?'],
    [T, 'Prodution', 'no version, stage or alias "Prodution"', 'did you mean "Production"?'],
    [T, '', 'no version, stage or alias ""', 'versions go up to 4'],
  ])('%s %j is not found, and the error lists what exists', (model, selector, message, hint) => {
    expect(() => registry.get(model, selector)).toThrow(saying('not-found', message, hint));
  });

  test('an empty stage is named', () => {
    promote(2, 'None');
    expect(() => registry.get(T, 'production')).toThrow(
      saying('not-found', 'no version of model "temperature" is in Production', 'none is in Production'),
    );
  });

  test('the list is newest first, and a model that does not exist has none', () => {
    expect(registry.list(T).map(({ version }) => version)).toEqual([4, 3, 2, 1]);
    expect(() => registry.list('nope')).toThrow(saying('not-found', 'there is no model "nope"'));
    expect(() => registry.decisions('nope')).toThrow(saying('not-found', 'there is no model "nope"'));
  });

  test('all models are listed by name with what is in Production', () => {
    register({ model: 'rain' });
    expect(registry.listModels()).toEqual([
      { name: 'rain', versions: 1, production: null, champion: null },
      { name: 'temperature', versions: 4, production: 2, champion: 2 },
    ]);
  });

  test('an alias of the user moves, and never takes a word that means something already', () => {
    write(() => registry.setAlias({ model: T, alias: 'Nightly', selector: 'latest', now }));
    expect(picture()).toEqual({ 1: 'Archived previous', 2: 'Production champion', 3: 'Staging', 4: 'None Nightly' });
    for (const alias of ['champion', 'Previous', 'latest', 'production', '12', '', 'a/b']) {
      expect(() => write(() => registry.setAlias({ model: T, alias, selector: 1, now }))).toThrow(
        saying('invalid-value', 'alias'),
      );
    }
  });
});

describe('Deciding', () => {
  test('the first version is promoted; a better one takes its place, the former is archived', () => {
    registerMany(2);
    expect(decide(1, 2.5, null, null)).toMatchObject({ promoted: true, candidate: 1, production: null });
    expect(picture()).toEqual({ 1: 'Production champion', 2: 'None' });
    expect(decide(2, 2.31, 1, 2.4)).toEqual({
      promoted: true,
      candidate: 2,
      candidateValue: 2.31,
      production: 1,
      productionValue: 2.4,
      reason: 'rmse 2.31 is better than 2.40 of version 1 by 0.09',
    });
    expect(picture()).toEqual({ 1: 'Archived previous', 2: 'Production champion' });
    expect(registry.get(T, 2).metrics).toEqual({ rmse: 2.31 });
  });

  test('a worse one is tagged with the reason, keeps its other labels, and production stays', () => {
    register();
    register({ labels: { metrics: { mae: 1, rmse: 9 }, params: { a: 1 }, tags: { week: '40' } } });
    decide(1, 2.4, null, null);
    const reason = 'rmse 2.5 is worse than 2.4 of version 1 by 0.1';
    expect(decide(2, 2.5, 1, 2.4)).toMatchObject({ promoted: false, reason });
    expect(registry.get(T, 2)).toMatchObject({
      stage: 'None',
      metrics: { mae: 1, rmse: 2.5 },
      params: { a: 1 },
      tags: { week: '40', rejected: reason },
    });
    expect(picture()).toEqual({ 1: 'Production champion', 2: 'None' });
  });

  test('a minimum keeps even the first version out', () => {
    register();
    expect(decide(1, 2.4, null, null, null, { ...RULE, minimum: 2 }).promoted).toBe(false);
    expect(picture()).toEqual({ 1: 'None' });
  });

  test('what is promoted later is no longer tagged as rejected', () => {
    registerMany(2);
    decide(1, 2.4, null, null);
    decide(2, 2.5, 1, 2.4);
    expect(promote(2).tags).toEqual({});
  });

  test('what is in Production already is not compared with itself', () => {
    register();
    decide(1, 2.4, null, null);
    expect(decide(1, 2.3, 1, 2.4)).toMatchObject({ promoted: false, reason: 'version 1 is in Production already' });
    expect(registry.get(T, 1)).toMatchObject({ stage: 'Production', aliases: ['champion'], tags: {} });
  });

  test('any name may be that of a metric', () => {
    register();
    promote(1);
    for (const metric of ['a.b"c', '$', "it's", '']) decide(1, 2, 1, 3, null, { ...RULE, metric });
    expect(registry.get(T, 1).metrics).toEqual({ 'a.b"c': 2, $: 2, "it's": 2, '': 2 });
  });

  test('every decision is a row with both figures, margin, run and data identity, newest first', () => {
    registerMany(2);
    decide(1, 2.4, null, null, TASK);
    decide(2, 2.395, 1, 2.4, { flowRunId: 1044, taskRunId: 9 }, { ...RULE, margin: 0.01, minimum: 3 });
    const common = {
      kind: 'compare',
      metric: 'rmse',
      goal: 'min',
      data_identity: 'week 40',
      decided_by: 'weekly-retrain',
      undone_at: null,
    };
    expect(registry.decisions(T)).toEqual([
      {
        ...common,
        at: now - 1,
        run: 1044,
        margin: 0.01,
        minimum: 3,
        candidate: 2,
        candidate_value: 2.395,
        production: 1,
        production_value: 2.4,
        stage: null,
        promoted: false,
        reason: 'rmse 2.395 is better than 2.400 of version 1 by only 0.005, margin 0.01',
      },
      {
        ...common,
        at: now - 2,
        run: 1043,
        margin: 0,
        minimum: null,
        candidate: 1,
        candidate_value: 2.4,
        production: null,
        production_value: null,
        stage: 'Production',
        promoted: true,
        reason: 'rmse 2.4, and no version is in Production to compare with',
      },
    ]);
  });

  test('a task that decides again gets its decision back, whatever has happened since', () => {
    registerMany(3);
    const first = decide(1, 2.4, null, null, TASK);
    promote(2);
    expect(decide(1, 2.4, null, null, TASK)).toEqual(first);
    expect(decide(3, NaN, 2, 1, TASK)).toEqual(first);
    expect(registry.findDecision(1043, 7, T)).toEqual(first);
    expect(registry.findDecision(1043, 8, T)).toBeNull();
    expect(registry.findDecision(1043, null, T)).toBeNull();
    expect(registry.findDecision(1043, 7, 'rain')).toBeNull();
    expect(picture()[2]).toBe('Production champion');
    expect(registry.decisions(T)).toHaveLength(2);
  });

  test('one task may decide on two models', () => {
    register();
    register({ model: 'rain' });
    decide(1, 2.4, null, null, TASK);
    const rain = {
      model: 'rain',
      rule: RULE,
      candidate: 1,
      candidateValue: 1,
      production: null,
      productionValue: null,
      origin: TASK,
      decidedBy: 'x',
      now,
    };
    expect(write(() => registry.decide(rain)).promoted).toBe(true);
  });

  test('it is refused, and nothing is changed, when something else is in Production meanwhile', () => {
    registerMany(3);
    decide(1, 2.4, null, null);
    promote(2);
    const before = [picture(), registry.decisions(T)];
    expect(() => decide(3, 1, 1, 2)).toThrow(
      saying(
        'conflict',
        'version 2 of model "temperature" is in Production now; not version 1, with which version 3 was compared',
      ),
    );
    expect(() => decide(3, 1, null, null)).toThrow(
      saying(
        'conflict',
        'version 2 of model "temperature" is in Production now; nothing was when version 3 was judged',
      ),
    );
    promote(2, 'Archived');
    expect(() => decide(3, 1, 2, 2)).toThrow(
      saying('conflict', 'no version of model "temperature" is in Production now; not version 2, with which'),
    );
    promote(2);
    expect([picture(), registry.decisions(T).slice(2)]).toEqual([
      { 1: 'Archived', 2: 'Production champion', 3: 'None' },
      before[1],
    ]);
    expect(registry.get(T, 3)).toMatchObject({ metrics: {}, tags: {} });
  });

  test('figures that are no numbers, and versions that do not exist, change nothing', () => {
    registerMany(2);
    decide(1, 2.4, null, null);
    expect(() => decide(2, NaN, 1, 2.4)).toThrow(saying('invalid-value', 'rmse of the candidate is NaN'));
    expect(() => decide(2, 1, 1, NaN)).toThrow(
      saying('invalid-value', 'rmse of version 1, which is in Production, is NaN'),
    );
    expect(() => decide(9, 1, 1, 2)).toThrow(saying('not-found', 'has no version 9'));
    expect(registry.decisions(T)).toHaveLength(1);
    expect(picture()).toEqual({ 1: 'Production champion', 2: 'None' });
  });
});

describe('Promoting by hand', () => {
  test('archives the former production, moves the aliases and is recorded', () => {
    registerMany(2);
    promote('latest');
    promote('1');
    expect(picture()).toEqual({ 1: 'Production champion', 2: 'Archived previous' });
    expect(registry.decisions(T)[0]).toEqual({
      at: now - 1,
      kind: 'promote',
      run: null,
      metric: null,
      goal: null,
      margin: null,
      minimum: null,
      candidate: 1,
      candidate_value: null,
      production: 2,
      production_value: null,
      stage: 'Production',
      promoted: true,
      reason: 'promoted by ann, in place of version 2',
      data_identity: null,
      decided_by: 'ann',
      undone_at: null,
    });
  });

  test('the other stages are given without touching production', () => {
    registerMany(2);
    promote(1);
    expect([promote(2, 'Staging'), promote(2, 'Archived'), promote(2, 'None')].map(({ stage }) => stage)).toEqual([
      'Staging',
      'Archived',
      'None',
    ]);
    expect(picture()).toEqual({ 1: 'Production champion', 2: 'None' });
    expect(registry.decisions(T).map(({ reason, promoted }) => `${promoted}: ${reason}`)).toEqual([
      'false: moved from Archived to None by ann',
      'false: moved from Staging to Archived by ann',
      'false: moved from None to Staging by ann',
      'true: promoted by ann',
    ]);
  });

  test('the stage it has already is nothing new', () => {
    register();
    promote(1);
    promote(1);
    expect(registry.decisions(T)).toHaveLength(1);
  });

  test('a resumed task does not promote over what came after', () => {
    registerMany(2);
    promote(1, 'Production', TASK);
    promote(2);
    expect(promote(1, 'Production', TASK).stage).toBe('Archived');
    expect(registry.get(T, 'champion').version).toBe(2);
  });

  test('taking production away leaves no champion', () => {
    registerMany(2);
    promote(1);
    promote(2);
    promote(2, 'Archived');
    expect(picture()).toEqual({ 1: 'Archived previous', 2: 'Archived' });
    expect(rollback().version).toBe(1);
    expect(picture()).toEqual({ 1: 'Production champion', 2: 'Archived' });
  });

  test('stages are read in any case, and others are refused', () => {
    expect(['production', 'STAGING', 'Archived', 'none'].map(parseStage)).toEqual([
      'Production',
      'Staging',
      'Archived',
      'None',
    ]);
    expect(() => parseStage('prod')).toThrow(
      saying('invalid-value', '"prod" is no stage', 'stages are None, Staging, Production, Archived'),
    );
    expect(() => parseStage('stagin')).toThrow(
      saying('invalid-value', '"stagin" is no stage', 'did you mean "Staging"?'),
    );
  });
});

describe('Rolling back', () => {
  test('puts the version before into Production again and archives the current one', () => {
    registerMany(2);
    decide(1, 2.4, null, null);
    decide(2, 2.3, 1, 2.4);
    expect(rollback()).toMatchObject({ version: 1, stage: 'Production', aliases: ['champion'] });
    expect(picture()).toEqual({ 1: 'Production champion', 2: 'Archived' });
    expect(
      registry
        .decisions(T)
        .map(({ kind, candidate, production, promoted, undone_at }) => [
          kind,
          candidate,
          production,
          promoted,
          undone_at,
        ]),
    ).toEqual([
      ['rollback', 1, 2, true, null],
      ['compare', 2, 1, true, now - 1],
      ['compare', 1, null, true, null],
    ]);
    expect(registry.decisions(T)[0]?.reason).toBe('rolled back from version 2 to version 1 by ann');
  });

  test('again goes one further back, never to and fro, and refuses at the first', () => {
    registerMany(4);
    for (const version of [2, 1, 4, 3]) promote(version);
    expect([rollback(), rollback(), rollback()].map(({ version }) => version)).toEqual([4, 1, 2]);
    const before = picture();
    expect(() => rollback()).toThrow(
      saying('conflict', 'nothing to roll model "temperature" back to: nothing was in Production before version 2'),
    );
    expect(picture()).toEqual(before);
  });

  test('after a rollback and a new promotion it returns to what the rollback had chosen', () => {
    registerMany(3);
    for (const version of [1, 2]) promote(version);
    rollback();
    promote(3);
    expect(picture()).toEqual({ 1: 'Archived previous', 2: 'Archived', 3: 'Production champion' });
    expect(rollback().version).toBe(1);
    expect(() => rollback()).toThrow(saying('conflict', 'nothing was in Production before version 1'));
  });

  test('refuses when nothing was ever promoted, and for a model that does not exist', () => {
    expect(() => rollback()).toThrow(
      saying('not-found', 'there is no model "temperature"', 'no model has been registered yet'),
    );
    register();
    expect(() => rollback()).toThrow(
      saying('conflict', 'none of its versions has been promoted', 'weir model promote'),
    );
  });

  test('rejections and other stages do not stand in its way', () => {
    registerMany(3);
    promote(1);
    decide(2, 2.3, 1, 2.4);
    decide(3, 9, 2, 2.4);
    promote(1, 'Staging');
    expect(rollback().version).toBe(1);
  });

  test('a resumed task rolls back once', () => {
    registerMany(3);
    for (const version of [1, 2, 3]) promote(version);
    expect([rollback(TASK).version, rollback(TASK).version, rollback({ ...TASK, taskRunId: 8 }).version]).toEqual([
      2, 2, 1,
    ]);
  });
});

describe('The file itself', () => {
  test('refuses a second version in Production, whoever writes', () => {
    registerMany(2);
    promote(1);
    expect(() => database.exec("update model_versions set stage = 'Production' where version = 2")).toThrow(/UNIQUE/);
  });

  test('finds what is in Production, and what a rollback undoes, by index', () => {
    const plan = (sql: string) =>
      (database.prepare(`explain query plan ${sql}`).all() as { detail: string }[])
        .map(({ detail }) => detail)
        .join('\n');
    expect(plan("select version from model_versions where model = 'x' and stage = 'Production'")).toMatch(
      /model_versions_one_production/,
    );
    expect(
      plan(
        "select id from model_decisions where model = 'x' and promoted = 1 and kind <> 'rollback' and undone_at is null order by id desc limit 1",
      ),
    ).toMatch(/^SEARCH model_decisions USING (COVERING )?INDEX model_decisions_standing \(model=\?\)$/);
  });
});

describe('Two processes on one file', () => {
  test('deciding at once over the same production: one wins, the other is told what is in Production now', async () => {
    registerMany(3);
    promote(1);
    const others = openDatabase(path);
    try {
      const sides = [
        { writer: createWriter(database), registry, candidate: 2 },
        { writer: createWriter(others), registry: createRegistry(others), candidate: 3 },
      ];
      const request = (candidate: number) => ({
        model: T,
        rule: RULE,
        candidate,
        candidateValue: 2,
        production: 1,
        productionValue: 2.4,
        origin: { flowRunId: candidate, taskRunId: 1 },
        decidedBy: 'x',
        now,
      });
      const results = await Promise.allSettled(
        sides.map((side) => side.writer.write(() => side.registry.decide(request(side.candidate)))),
      );
      const won = results.findIndex(({ status }) => status === 'fulfilled');
      const winner = sides[won]?.candidate;
      expect(results[won]).toMatchObject({ value: { promoted: true, candidate: winner } });
      expect(results[1 - won]).toMatchObject({
        status: 'rejected',
        reason: saying('conflict', `version ${winner} of model "temperature" is in Production now`),
      });
      expect(
        registry
          .list(T)
          .filter(({ stage }) => stage === 'Production')
          .map(({ version }) => version),
      ).toEqual([winner]);
      expect(registry.decisions(T)).toHaveLength(2);
      for (const { writer } of sides) await writer.stop();
    } finally {
      others.close();
    }
  });

  test('one that waits for the lock while the other decides is told so as well', async () => {
    registerMany(3);
    promote(1);
    const others = openDatabase(path);
    const writer = createWriter(others);
    try {
      const theirs = createRegistry(others);
      expect(theirs.get(T, 'Production').version).toBe(1);
      const request = {
        model: T,
        rule: RULE,
        candidateValue: 2,
        production: 1,
        productionValue: 2.4,
        origin: null,
        decidedBy: 'x',
        now,
      };
      database.exec('begin immediate');
      const waiting = writer.write(() => theirs.decide({ ...request, candidate: 3 }));
      // Two turns of the event loop: the other's first attempt meets the lock.
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      registry.decide({ ...request, candidate: 2 });
      database.exec('commit');
      await expect(waiting).rejects.toThrow(
        saying('conflict', 'version 2 of model "temperature" is in Production now; not version 1'),
      );
      expect(picture()).toEqual({ 1: 'Archived previous', 2: 'Production champion', 3: 'None' });
    } finally {
      await writer.stop();
      others.close();
    }
  });

  test('registering at once: every version has its own number', async () => {
    const others = openDatabase(path);
    try {
      const sides = [
        { writer: createWriter(database), registry },
        { writer: createWriter(others), registry: createRegistry(others) },
      ];
      const versions = await Promise.all(
        Array.from({ length: 40 }, (_, index) => {
          const side = sides[index % 2] as (typeof sides)[0];
          const one = registration();
          return side.writer.write(() => side.registry.register(one).version);
        }),
      );
      expect(versions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
      for (const { writer } of sides) await writer.stop();
    } finally {
      others.close();
    }
  });
});

describe('Whatever is done in whatever order', () => {
  const act = fc.oneof(
    fc.constant({ kind: 'register' as const }),
    fc.record({
      kind: fc.constant('decide' as const),
      version: fc.nat(6),
      value: fc.nat(4),
      other: fc.nat(4),
      isStale: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('promote' as const),
      version: fc.nat(6),
      stage: fc.constantFrom<ModelStage>('None', 'Staging', 'Production', 'Production', 'Archived'),
    }),
    fc.constant({ kind: 'rollback' as const }),
  );
  type Act = typeof act extends fc.Arbitrary<infer A> ? A : never;

  const productionOf = () =>
    registry
      .list(T)
      .filter(({ stage }) => stage === 'Production')
      .map(({ version }) => version);

  /** Does it; says whether a decision is to be recorded. Refusals must be WeirErrors. */
  function perform(one: Act): void {
    const current = productionOf()[0] ?? null;
    const count = registry.list(T).length;
    const pick = (wanted: number) => (wanted % count) + 1;
    try {
      if (one.kind === 'register') register();
      else if (one.kind === 'promote') promote(pick(one.version), one.stage);
      else if (one.kind === 'rollback') rollback();
      else {
        const production = one.isStale ? pick(one.other) : current;
        decide(pick(one.version), one.value, production, production === null ? null : one.other);
      }
    } catch (error) {
      expect(error).toMatchObject({ name: 'WeirError', code: 'conflict' });
    }
  }

  test('at most one version is in Production, champion is that one, and every change of production has its row', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        write(() =>
          database.exec(
            'delete from model_aliases; delete from model_decisions; delete from model_versions; delete from models',
          ),
        );
        register();
        /** The versions that were in Production, as a stack kept by hand: what stands and what was there before it. */
        let standing: { candidate: number; former: number | null }[] = [];
        for (const one of acts) {
          const before = {
            production: productionOf()[0] ?? null,
            rows: registry.decisions(T).length,
            versions: registry.list(T),
          };
          perform(one);
          const production = productionOf();
          const rows = registry.decisions(T);
          const added = rows.slice(0, rows.length - before.rows);
          const after = production[0] ?? null;

          expect(production.length).toBeLessThanOrEqual(1);
          expect(added.length).toBeLessThanOrEqual(1);
          const row = added[0];
          if (row === undefined) {
            expect(after).toBe(before.production);
          } else {
            expect(row.production).toBe(before.production);
            expect(row.promoted).toBe(row.stage === 'Production');
            if (row.promoted) expect(after).toBe(row.candidate);
            else
              expect(after).toBe(
                row.kind === 'promote' && row.candidate === before.production ? null : before.production,
              );
          }
          if (row?.promoted && row.kind !== 'rollback')
            standing.push({ candidate: row.candidate, former: before.production });
          if (row?.kind === 'rollback') {
            expect(row.candidate).toBe(standing.at(-1)?.former);
            standing = standing.slice(0, -1);
          }
          const aliases = Object.fromEntries(
            registry.list(T).flatMap(({ version, aliases: names }) => names.map((name) => [name, version])),
          );
          const previous = standing.at(-1)?.former ?? null;
          expect(aliases).toEqual({
            ...(after === null ? {} : { champion: after }),
            ...(previous === null ? {} : { previous }),
          });
          expect(registry.listModels()).toEqual([
            { name: T, versions: registry.list(T).length, production: after, champion: after },
          ]);
          if (before.production !== null && after !== null && after !== before.production)
            expect(registry.get(T, before.production).stage).toBe('Archived');
        }
      }),
      { numRuns: 60 },
    );
  });

  test('rolling back until it refuses visits every promotion once, in reverse', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 12 }), (order) => {
        write(() =>
          database.exec(
            'delete from model_aliases; delete from model_decisions; delete from model_versions; delete from models',
          ),
        );
        registerMany(5);
        for (const version of order) promote(version);
        const path = order.filter((version, index) => version !== order[index - 1]);
        const back: number[] = [];
        for (let left = path.length - 1; left > 0; left--) back.push(rollback().version);
        expect(back).toEqual(path.slice(0, -1).reverse());
        expect(() => rollback()).toThrow(saying('conflict', 'nothing was in Production before'));
      }),
      { numRuns: 60 },
    );
  });
});
