/** `weir model`, by the built executable: the registry from the command line, by hand and inside tasks. */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EXECUTABLE, type RunJson, type World, waitFor, weirWorld } from '../../support/weir.ts';

interface Version {
  version: number;
  stage: string;
  aliases: string[];
  metrics: Record<string, number>;
  params: Record<string, unknown>;
  tags: Record<string, string>;
  run: number | null;
  created_at: string;
}

interface Inspected {
  schema: string;
  name: string;
  versions: Version[];
  decisions: Record<string, unknown>[];
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A world with a model file for each figure: `evaluate: cat` tells the figure that is written in the file. */
function modelWorld() {
  const world = weirWorld();
  return {
    ...world,
    file: (figure: number | string) => world.write(`model-${figure}.txt`, `${figure}\n`),
    inspect: (name = 'temp') => world.json<Inspected>(['model', 'inspect', name]),
    /** `promote-if-better` for rmse with what `more` adds; the file itself tells its figure. */
    compare(file: string, more: readonly string[] = [], evaluate = 'cat "$WEIR_MODEL"') {
      const rule = ['--metric', 'rmse', '--goal', 'min', '--evaluate', evaluate];
      return world.weir(['model', 'promote-if-better', 'temp', file, ...rule, ...more]);
    },
  };
}

const stages = ({ versions }: Inspected) => versions.map((version) => version.stage);

describe('ls and inspect', () => {
  test('an empty registry says how to begin, and is an empty list in JSON', async () => {
    const { weir, json } = modelWorld();
    const { code, stdout, stderr } = await weir(['model', 'ls']);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('weir model register NAME FILE');
    expect(await json(['model', 'ls'])).toEqual({ schema: 'weir.models/1', items: [], next: null });
  });

  test('models are listed with the number of versions and what is in Production', async () => {
    const { weir, json, file, compare } = modelWorld();
    await weir(['model', 'register', 'other', file(1)]);
    await compare(file(3));
    await compare(file(2));
    expect(await json(['model', 'ls'])).toEqual({
      schema: 'weir.models/1',
      items: [
        { name: 'other', versions: 1, production: null, champion: null },
        { name: 'temp', versions: 2, production: 2, champion: 2 },
      ],
      next: null,
    });
    const { stdout } = await weir(['model', 'ls']);
    expect(stdout.trim().split(/\s*\n/)).toEqual([
      'model  versions  production',
      'other  1         -',
      'temp   2         2',
    ]);
  });

  test('a model is shown with its versions and decisions, oldest first', async () => {
    const { weir, inspect, compare, file } = modelWorld();
    await compare(file(3));
    await compare(file(2), ['--margin', '0.5']);
    await compare(file(9));
    const model = await inspect();
    expect(model).toMatchObject({ schema: 'weir.model/1', name: 'temp' });
    expect(model.versions).toEqual([
      {
        version: 1,
        stage: 'Archived',
        aliases: ['previous'],
        metrics: { rmse: 3 },
        params: {},
        tags: {},
        run: null,
        created_at: expect.stringMatching(TIME),
      },
      {
        version: 2,
        stage: 'Production',
        aliases: ['champion'],
        metrics: { rmse: 2 },
        params: {},
        tags: {},
        run: null,
        created_at: expect.stringMatching(TIME),
      },
      {
        version: 3,
        stage: 'None',
        aliases: [],
        metrics: { rmse: 9 },
        params: {},
        tags: { rejected: expect.stringContaining('worse') },
        run: null,
        created_at: expect.stringMatching(TIME),
      },
    ]);
    const decision = { at: expect.stringMatching(TIME), run: null, metric: 'rmse', goal: 'min' };
    expect(model.decisions).toEqual([
      {
        ...decision,
        margin: 0,
        candidate: 1,
        candidate_value: 3,
        production: null,
        production_value: null,
        promoted: true,
      },
      {
        ...decision,
        margin: 0.5,
        candidate: 2,
        candidate_value: 2,
        production: 1,
        production_value: 3,
        promoted: true,
      },
      { ...decision, margin: 0, candidate: 3, candidate_value: 9, production: 2, production_value: 2, promoted: false },
    ]);
    const { stdout } = await weir(['model', 'inspect', 'temp']);
    expect(stdout).toContain('promoted 2: rmse 2 is better than 3 of version 1 by 1, margin 0.5');
    expect(stdout).toContain('kept 2, rejected 3: rmse 9 is worse than 2 of version 2 by 7');
  });

  test.each(['inspect', 'get', 'path', 'rollback'])('%s of an unknown model names the nearest', async (command) => {
    const { weir, file } = modelWorld();
    await weir(['model', 'register', 'temperature', file(1)]);
    const { code, stdout, stderr } = await weir(['model', command, 'temprature']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('there is no model "temprature"');
    expect(stderr).toContain('did you mean "temperature"?');
  });

  test('a mistyped command names the nearest', async () => {
    const { weir } = modelWorld();
    const { code, stderr } = await weir(['model', 'inspct', 'temp']);
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean inspect?');
  });
});

describe('register', () => {
  test('keeps the file as the next version, with its figures, parameters and tags', async () => {
    const { weir, json, inspect, file } = modelWorld();
    const labels = [
      '--metric',
      'rmse=1.50',
      '--metric',
      'r2=-.5',
      '--param',
      'alpha=0.1',
      '--param',
      'seed=007',
      '--tag',
      'week=7',
      '--tag',
      'note=a=b',
    ];
    const { code, stdout } = await weir(['model', 'register', 'temp', file(1), ...labels]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^registered 1: model-1\.txt, 2 bytes, sha256 [0-9a-f]{12}\n$/);
    expect(await json(['model', 'register', 'temp', file(2)])).toMatchObject({
      schema: 'weir.model-version/1',
      name: 'temp',
      version: 2,
      stage: 'None',
    });
    expect((await inspect()).versions[0]).toMatchObject({
      metrics: { rmse: 1.5, r2: -0.5 },
      params: { alpha: 0.1, seed: '007' },
      tags: { week: '7', note: 'a=b' },
    });
  });

  test('the version is a copy: the file may change or go', async () => {
    const { weir, file } = modelWorld();
    const path = file('first');
    await weir(['model', 'register', 'temp', path]);
    writeFileSync(path, 'second\n');
    expect((await weir(['model', 'get', 'temp', '1'])).stdout).toBe('first\n');
  });

  test.each([
    [['--metric', 'rmse'], '--metric rmse is not name=value'],
    [['--metric', '=1'], '--metric =1 is not name=value'],
    [['--metric', 'rmse=nan'], '--metric is "nan", which is no finite number'],
    [['--metric', 'rmse='], '--metric is "", which is no finite number'],
    [['--metric', 'rmse=0x10'], '--metric is "0x10", which is no finite number'],
    [['--tag', 'week'], '--tag week is not name=value'],
  ])('%j is refused and nothing is registered', async (flags, sentence) => {
    const { weir, json, file } = modelWorld();
    const { code, stderr } = await weir(['model', 'register', 'temp', file(1), ...flags]);
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
    expect(await json(['model', 'ls'])).toMatchObject({ items: [] });
  });

  test('a file that is not there, or is a folder, is told in a sentence', async () => {
    const { folder, weir } = modelWorld();
    const missing = await weir(['model', 'register', 'temp', 'missing.pkl']);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/^weir: the file \S+missing\.pkl cannot be read/);
    const aFolder = await weir(['model', 'register', 'temp', folder]);
    expect(aFolder.code).toBe(1);
    expect(aFolder.stderr).toContain('is no plain file');
  });

  test('a name that could not be part of an address is refused', async () => {
    const { weir, file } = modelWorld();
    const { code, stderr } = await weir(['model', 'register', 'a/b', file(1)]);
    expect(code).toBe(2);
    expect(stderr).toContain('"a/b" cannot be a model name');
  });
});

describe('get and path', () => {
  test('give the bytes of a file, by number, stage, alias or latest; Production without a selector', async () => {
    const { weir, folder, file, compare } = modelWorld();
    await compare(file(3));
    await compare(file(9));
    for (const [selector, content] of [
      ['1', '3\n'],
      ['2', '9\n'],
      ['latest', '9\n'],
      ['production', '3\n'],
      ['champion', '3\n'],
    ] as const)
      expect((await weir(['model', 'get', 'temp', selector])).stdout).toBe(content);
    expect((await weir(['model', 'get', 'temp'])).stdout).toBe('3\n');
    const { code, stdout, stderr } = await weir(['model', 'get', 'temp', '-o', 'out.txt']);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('wrote version 1 of model "temp" to out.txt');
    expect(readFileSync(join(folder, 'out.txt'), 'utf8')).toBe('3\n');
    const path = (await weir(['model', 'path', 'temp'])).stdout.trim();
    expect(readFileSync(path, 'utf8')).toBe('3\n');
  });

  test('bytes are handed on unchanged, also many', async () => {
    const { weir, folder } = modelWorld();
    const bytes = Buffer.alloc(3 * 1024 * 1024, Buffer.from([0, 255, 10, 13, 128]));
    writeFileSync(join(folder, 'large.bin'), bytes);
    await weir(['model', 'register', 'temp', 'large.bin']);
    await weir(['model', 'get', 'temp', '1', '-o', 'out.bin']);
    expect(readFileSync(join(folder, 'out.bin')).equals(bytes)).toBe(true);
    const piped = await weir(['-c', `"${EXECUTABLE}" model get temp 1 | sha256sum`], { argv: ['/bin/sh'] });
    expect(piped.stdout).toContain(createHash('sha256').update(bytes).digest('hex'));
  });

  test('a value is printed as JSON', async () => {
    const { weir, write, folder } = modelWorld();
    write(
      'flow.ts',
      "import { flow, models } from 'weir';\nexport default flow({ name: 'f' }, async () => { await models.register('temp', { weights: [1, 2], at: new Date(0) }); });\n",
    );
    expect((await weir(['run', 'flow.ts'])).code).toBe(0);
    const value = { weights: [1, 2], at: '1970-01-01T00:00:00.000Z' };
    expect(JSON.parse((await weir(['model', 'get', 'temp', 'latest'])).stdout)).toEqual(value);
    await weir(['model', 'get', 'temp', '1', '-o', 'value.json']);
    expect(JSON.parse(readFileSync(join(folder, 'value.json'), 'utf8'))).toEqual(value);
  });

  test('a selector that selects nothing says what there is', async () => {
    const { weir, file, compare } = modelWorld();
    await compare(file(3));
    for (const [selector, sentence] of [
      ['7', 'model "temp" has no version 7'],
      ['Staging', 'no version of model "temp" is in Staging'],
      ['champoin', 'did you mean "champion"?'],
    ] as const) {
      const { code, stdout, stderr } = await weir(['model', 'get', 'temp', selector]);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(sentence);
    }
  });

  test('content that was altered on disk is never given out', async () => {
    const { weir, folder, file } = modelWorld();
    await weir(['model', 'register', 'temp', file(1)]);
    writeFileSync((await weir(['model', 'path', 'temp', '1'])).stdout.trim(), 'other\n');
    for (const command of [
      ['get', 'temp', '1'],
      ['path', 'temp', '1'],
      ['get', 'temp', '1', '-o', 'out.txt'],
    ]) {
      const { code, stdout, stderr } = await weir(['model', ...command]);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain('version 1 of model "temp" has been altered on disk');
    }
    expect(existsSync(join(folder, 'out.txt'))).toBe(false);
  });

  test('an output file that cannot be written is told in a sentence', async () => {
    const { weir, file } = modelWorld();
    await weir(['model', 'register', 'temp', file(1)]);
    const { code, stderr } = await weir(['model', 'get', 'temp', '1', '-o', 'nowhere/out.txt']);
    expect(code).toBe(1);
    expect(stderr).toContain('nowhere/out.txt cannot be written');
  });
});

describe('promote and rollback', () => {
  test('a version put into Production archives the former one; another stage does not', async () => {
    const { weir, json, inspect, file } = modelWorld();
    for (const figure of [1, 2, 3]) await weir(['model', 'register', 'temp', file(figure)]);
    expect((await weir(['model', 'promote', 'temp', '1'])).stdout).toBe('promoted 1\n');
    expect((await weir(['model', 'promote', 'temp', '2'])).stdout).toBe('promoted 2, in place of version 1\n');
    expect((await weir(['model', 'promote', 'temp', 'latest', '--stage', 'staging'])).stdout).toBe(
      'moved 3 from None to Staging\n',
    );
    expect((await weir(['model', 'promote', 'temp', 'champion'])).stdout).toBe('version 2 is in Production already\n');
    const model = await inspect();
    expect(stages(model)).toEqual(['Archived', 'Production', 'Staging']);
    expect(model.decisions.map((decision) => [decision.candidate, decision.production, decision.promoted])).toEqual([
      [1, null, true],
      [2, 1, true],
      [3, 2, false],
    ]);
    expect(await json(['model', 'promote', 'temp', '3'])).toMatchObject({
      version: 3,
      stage: 'Production',
      aliases: ['champion'],
    });
  });

  test('a rollback goes back one promotion at a time, and refuses where nothing was before', async () => {
    const { weir, inspect, compare, file } = modelWorld();
    for (const figure of [3, 2, 1]) await compare(file(figure));
    expect((await weir(['model', 'rollback', 'temp'])).stdout).toBe('rolled back to 2\n');
    expect((await weir(['model', 'rollback', 'temp'])).stdout).toBe('rolled back to 1\n');
    expect(stages(await inspect())).toEqual(['Production', 'Archived', 'Archived']);
    const { code, stderr } = await weir(['model', 'rollback', 'temp']);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'there is nothing to roll model "temp" back to: nothing was in Production before version 1',
    );
    expect((await inspect()).decisions).toHaveLength(5);
  });

  test('an unknown stage lists the stages', async () => {
    const { weir, file } = modelWorld();
    await weir(['model', 'register', 'temp', file(1)]);
    const { code, stderr } = await weir(['model', 'promote', 'temp', '1', '--stage', 'Prod']);
    expect(code).toBe(2);
    expect(stderr).toContain('stages are None, Staging, Production, Archived');
  });
});

describe('promote-if-better', () => {
  test('promotes what is better and keeps what is not; both end with 0 and say why', async () => {
    const { compare, inspect, file } = modelWorld();
    const first = await compare(file(2.5));
    expect([first.code, first.stdout]).toEqual([
      0,
      'promoted 1: rmse 2.5, and no version is in Production to compare with\n',
    ]);
    const worse = await compare(file(3));
    expect([worse.code, worse.stdout]).toEqual([
      0,
      'kept 1, rejected 2: rmse 3.0 is worse than 2.5 of version 1 by 0.5\n',
    ]);
    const better = await compare(file(1.92));
    expect([better.code, better.stdout]).toEqual([
      0,
      'promoted 3: rmse 1.92 is better than 2.50 of version 1 by 0.58\n',
    ]);
    expect(stages(await inspect())).toEqual(['Archived', 'None', 'Production']);
  });

  test('both models are evaluated each time, never a remembered figure', async () => {
    const { compare, inspect, file, write } = modelWorld();
    const offset = write('offset', '0');
    const evaluate = 'echo $(( $(cat "$WEIR_MODEL") + $(cat offset) ))';
    await compare(file(5), [], evaluate);
    writeFileSync(offset, '10');
    await compare(file(4), [], evaluate);
    expect((await inspect()).decisions[1]).toMatchObject({ candidate_value: 14, production_value: 15, promoted: true });
  });

  test('goal, margin and minimum are the rule', async () => {
    const { weir, compare, file } = modelWorld();
    expect((await compare(file(9), ['--minimum', '5'])).stdout).toMatch(
      /^promoted none, rejected 1: rmse 9 does not meet the minimum 5/,
    );
    expect((await compare(file(4), ['--minimum', '5'])).stdout).toMatch(/^promoted 2/);
    expect((await compare(file('3.9'), ['--margin', '0.2'])).stdout).toMatch(
      /^kept 2, rejected 3: .* only 0\.1, margin 0\.2/,
    );
    const max = ['--metric', 'accuracy', '--goal', 'max', '--evaluate', 'cat "$WEIR_MODEL"'];
    expect((await weir(['model', 'promote-if-better', 'temp', file(8), ...max])).stdout).toMatch(
      /^promoted 4: accuracy 8 is better than 4/,
    );
  });

  test('prints the decision as JSON with --json, whatever the evaluation prints', async () => {
    const { json, file } = modelWorld();
    const rule = ['--metric', 'rmse', '--goal', 'min', '--evaluate', 'echo hello; cat "$WEIR_MODEL"'];
    expect(await json(['model', 'promote-if-better', 'temp', file(2), ...rule])).toEqual({
      schema: 'weir.model-decision/1',
      name: 'temp',
      metric: 'rmse',
      goal: 'min',
      margin: 0,
      candidate: 1,
      candidate_value: 2,
      production: null,
      production_value: null,
      promoted: true,
      reason: 'rmse 2, and no version is in Production to compare with',
    });
  });

  test('the figure is the last line of output that is a number', async () => {
    const { compare, inspect, file } = modelWorld();
    const { stderr } = await compare(file(1), [], 'echo 7; echo "rmse 8"; echo " 1.5e-3 "; echo done; echo 9 >&2');
    expect((await inspect()).versions[0]?.metrics).toEqual({ rmse: 0.0015 });
    expect(stderr).toContain('version 1: rmse 8');
  });

  test.each(['echo rmse=1.50', 'echo \'{"r2": 0.5, "rmse": 1.5}\''])(
    'or it is in the file that WEIR_METRICS names: %s',
    async (command) => {
      const { compare, inspect, file } = modelWorld();
      await compare(file(1), [], `echo 99; ${command} > "$WEIR_METRICS"`);
      expect((await inspect()).versions[0]?.metrics).toEqual({ rmse: 1.5 });
    },
  );

  test('the command sees the model under its own name, with name and version, and a value as JSON', async () => {
    const { weir, compare, write } = modelWorld();
    write(
      'flow.ts',
      "import { flow, models } from 'weir';\nexport default flow({ name: 'f' }, async () => { await models.register('temp', { bias: 4 }); await models.promote('temp', 1); });\n",
    );
    expect((await weir(['run', 'flow.ts'])).code).toBe(0);
    const look = 'echo "$(basename "$WEIR_MODEL") $WEIR_MODEL_NAME/$WEIR_MODEL_VERSION: $(cat "$WEIR_MODEL")"; echo 1';
    const { stderr } = await compare(write('model.pkl', 'pickled'), [], look);
    expect(stderr).toContain('model.pkl temp/2: pickled');
    expect(stderr).toContain('temp.json temp/1: {"bias":4}');
  });

  test('the command runs where there is no bash, too', async () => {
    const { folder, weir, file } = modelWorld();
    mkdirSync(join(folder, 'bin'));
    for (const program of ['sh', 'cat']) symlinkSync(`/bin/${program}`, join(folder, 'bin', program));
    const rule = ['--metric', 'rmse', '--goal', 'min', '--evaluate', 'cat "$WEIR_MODEL"'];
    const { stdout } = await weir(['model', 'promote-if-better', 'temp', file(2), ...rule], {
      env: { PATH: join(folder, 'bin') },
    });
    expect(stdout).toMatch(/^promoted 1/);
  });

  test('the data is recorded as the sha256 of its bytes, as cat and sha256sum give it', async () => {
    const { compare, file, write, rows } = modelWorld();
    const data = ['--data', write('a.csv', 'first\n'), write('b.csv', 'second\n')];
    await compare(file(1), data);
    const identity = `sha256:${createHash('sha256').update('first\nsecond\n').digest('hex')}`;
    expect(rows('select data_identity from model_decisions')).toEqual([{ data_identity: identity }]);
  });

  test.each([
    ['exit 3', 'failed: exit code 3'],
    ['nonsense-command', 'exit code 127 (command not found'],
    ['kill -9 $$', 'SIGKILL'],
    ['cat missing | wc -l', 'failed: exit code 1'],
    ['true', 'printed nothing'],
    ['echo good', 'printed no line that is a number; its last is "good"'],
    ['echo 1; echo nan', 'gave "nan" as rmse'],
    ['echo -inf', 'gave "-inf" as rmse'],
    ['echo 1e999', 'gave "1e999" as rmse'],
    ['echo 1; echo rmse=NaN > "$WEIR_METRICS"', 'gave "NaN" as rmse'],
    ['echo 1; echo rmse=good > "$WEIR_METRICS"', 'gave "good" as rmse'],
  ])('nothing is decided when the evaluation is: %s', async (evaluate, sentence) => {
    const { compare, inspect, file, folder } = modelWorld();
    await compare(file(5));
    const { code, stdout, stderr } = await compare(file(1), [], evaluate);
    expect(stderr).toContain(sentence);
    expect(stderr).toContain('nothing was promoted');
    expect([code, stdout]).toEqual([1, '']);
    const model = await inspect();
    expect(stages(model)).toEqual(['Production', 'None']);
    expect(model.decisions).toHaveLength(1);
    expect(readdirSync(join(folder, 'tmp')).filter((name) => name.startsWith('weir-evaluate'))).toEqual([]);
  });

  test('a figure of production that is no number decides nothing either', async () => {
    const { compare, inspect, file } = modelWorld();
    await compare(file(5));
    const { code, stderr } = await compare(file(1), [], 'test $WEIR_MODEL_VERSION = 2 && echo 1 || echo nan');
    expect(code).toBe(1);
    expect(stderr).toContain('gave "nan" as rmse of version 1 of model "temp"');
    expect((await inspect()).decisions).toHaveLength(1);
  });

  test.each([
    [['--goal', 'down'], '--goal is "down"; it must be min'],
    [['--margin', '-1'], 'less than 0 would promote a worse model'],
    [['--margin', 'much'], '--margin is "much", which is no finite number'],
    [['--minimum', 'nan'], '--minimum is "nan", which is no finite number'],
    [['--metric', 'a=b'], "it must be the figure's name"],
  ])('%j is refused before anything is registered', async (flags, sentence) => {
    const { compare, json, file } = modelWorld();
    const { code, stderr } = await compare(file(1), flags);
    expect(stderr).toContain(sentence);
    expect(code).toBe(2);
    expect(await json(['model', 'ls'])).toMatchObject({ items: [] });
  });

  test('a data file that is not there is told before anything is registered', async () => {
    const { compare, json, file } = modelWorld();
    const { code, stderr } = await compare(file(1), ['--data', 'missing.csv']);
    expect(code).toBe(1);
    expect(stderr).toContain('the data file missing.csv cannot be read');
    expect(await json(['model', 'ls'])).toMatchObject({ items: [] });
  });

  test.each(['--metric', '--goal', '--evaluate'])('%s must be given', async (flag) => {
    const { weir, file } = modelWorld();
    const all = { '--metric': 'rmse', '--goal': 'min', '--evaluate': 'echo 1' };
    const given = Object.entries(all).filter(([name]) => name !== flag);
    const { code, stderr } = await weir(['model', 'promote-if-better', 'temp', file(1), ...given.flat()]);
    expect(code).toBe(2);
    expect(stderr).toContain(`required option '${flag}`);
  });

  test('a promotion that overtakes the evaluation is compared with, not overwritten', async () => {
    const { weir, compare, inspect, file } = modelWorld();
    await compare(file(5));
    await weir(['model', 'register', 'temp', file(1)]);
    // While version 3 is compared with version 1, somebody promotes version 2.
    const overtake = `if [ $WEIR_MODEL_VERSION = 1 ]; then "${EXECUTABLE}" model promote temp 2 >&2; fi; cat "$WEIR_MODEL"`;
    const { code, stdout, stderr } = await compare(file(3), [], overtake);
    expect(stderr).toContain('comparing again');
    expect([code, stdout]).toEqual([0, 'kept 2, rejected 3: rmse 3 is worse than 1 of version 2 by 2\n']);
    expect(stages(await inspect())).toEqual(['Archived', 'Production', 'None']);
  });

  test('after three overtaken comparisons it gives up, and production stays', async () => {
    const { weir, compare, inspect, file } = modelWorld();
    await compare(file(5));
    await weir(['model', 'register', 'temp', file(6)]);
    const overtake = `case $WEIR_MODEL_VERSION in 1) next=2;; 2) next=1;; esac; if [ -n "\${next-}" ]; then "${EXECUTABLE}" model promote temp $next >&2; fi; cat "$WEIR_MODEL"`;
    const { code, stdout, stderr } = await compare(file(3), [], overtake);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.match(/comparing again/g)).toHaveLength(2);
    expect((await inspect()).versions[2]).toMatchObject({ stage: 'None', tags: {} });
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends the evaluation with all it started, and decides nothing', async (signal, exitCode) => {
    const { start, inspect, file, folder, processes } = modelWorld();
    const rule = ['--metric', 'rmse', '--goal', 'min', '--evaluate', 'sleep 1000 & echo started; wait'];
    const running = start(['model', 'promote-if-better', 'temp', file(1), ...rule]);
    await running.until(/version 1: started/);
    running.kill(signal);
    const { code, stdout, stderr } = await running.ended;
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toContain(`${signal}: nothing was decided`);
    await waitFor('nothing of it to be left', () => processes().length === 0);
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
    const model = await inspect();
    expect([model.versions.length, model.decisions.length]).toEqual([1, 0]);
  });
});

describe('inside a task', () => {
  /** A flow whose shell tasks call `weir model`. */
  function flowOf(world: World, body: string, options = ''): void {
    const weir = JSON.stringify(EXECUTABLE);
    world.write(
      'flow.ts',
      `import { flow, sh } from 'weir';\nconst weir = ${weir};\nexport default flow({ name: 'f' ${options} }, async () => {\n${body}\n});\n`,
    );
  }

  test('versions and decisions know their run, also when the database was named by --db', async () => {
    const world = modelWorld();
    flowOf(
      world,
      "await sh({ name: 'ship' })`${weir} model promote-if-better temp ${'model-2.txt'} --metric rmse --goal min --evaluate ${'cat $WEIR_MODEL'}`;",
    );
    world.file(2);
    const elsewhere = join(world.folder, 'elsewhere.db');
    const run = await world.json<RunJson>(['run', 'flow.ts', '--db', elsewhere], { env: { WEIR_DB: undefined } });
    expect(run.state.name).toBe('Completed');
    const model = await world.json<Inspected>(['model', 'inspect', 'temp', '--db', elsewhere]);
    expect(model.versions[0]).toMatchObject({ run: run.id, stage: 'Production' });
    expect(model.decisions[0]).toMatchObject({ run: run.id, promoted: true });
  });

  test('a retried task registers and decides once', async () => {
    const world = modelWorld();
    world.file(2);
    flowOf(
      world,
      `await sh({ name: 'ship', retries: 1 })\`
        \${weir} model register kept model-2.txt
        \${weir} model promote-if-better temp model-2.txt --metric rmse --goal min --evaluate 'echo evaluated >> evaluations; cat $WEIR_MODEL'
        if [ ! -e once ]; then touch once; exit 1; fi\`;`,
    );
    const { code, stderr } = await world.weir(['run', 'flow.ts']);
    expect(code).toBe(0);
    expect(stderr).toContain('registered 1 before: the same file from the same task');
    expect(stderr).toContain('this task has decided about version 1 already');
    expect((await world.inspect('kept')).versions).toHaveLength(1);
    const model = await world.inspect();
    expect([model.versions.length, model.decisions.length]).toEqual([1, 1]);
    expect(world.lines('evaluations')).toHaveLength(1);
  });

  test('calls of one name are different tasks', async () => {
    const world = modelWorld();
    const same = world.file(1);
    flowOf(
      world,
      "const ship = (n: number) => sh({ name: 'ship', env: { N: String(n) } })`${weir} model register temp model-1.txt --tag n=$N`;\nawait Promise.all([ship(1), ship(2), ship(3)]);",
    );
    expect((await world.weir(['run', 'flow.ts'])).code).toBe(0);
    const { versions } = await world.inspect();
    expect(versions.map((version) => version.tags.n).sort()).toEqual(['1', '2', '3']);
    expect(readFileSync(same, 'utf8')).toBe('1\n');
  });

  test('a run that this database does not know is said, and not recorded', async () => {
    const { weir, inspect, file } = modelWorld();
    const { code, stderr } = await weir(['model', 'register', 'temp', file(1)], {
      env: { WEIR_RUN: '99', WEIR_TASK: 'ship' },
    });
    expect(code).toBe(0);
    expect(stderr).toContain('no run 99 with a running task "ship"');
    expect((await inspect()).versions[0]?.run).toBeNull();
  });
});

test('a file without the right to read is told in a sentence', async () => {
  const { weir, file, folder } = modelWorld();
  const path = file(1);
  chmodSync(path, 0o000);
  chmodSync(folder, 0o777);
  const { code, stderr } = await weir(
    ['model', 'register', 'temp', path],
    process.getuid?.() === 0
      ? { uid: 65534, env: { WEIR_DB: join(folder, 'own', 'weir.db'), XDG_CACHE_HOME: join(folder, 'own-cache') } }
      : {},
  );
  expect(code).toBe(1);
  expect(stderr).toContain('EACCES');
});
