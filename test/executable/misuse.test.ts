/** Wrong use, wrong files: the right exit code, a sentence on stderr that says what to do, nothing on stdout, no run. */
import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { expect, test } from 'vitest';
import { EXECUTABLE, type Outcome, type World, weirWorld } from '../support/weir.ts';

const FLOW = `
  import { flow, z } from 'weir';
  export default flow(
    { name: 'good', params: z.object({ week: z.number().default(1), city: z.string().default('Berlin') }) },
    async ({ week, city }) => { console.log('entered'); return city + week; },
  );`;

const TWICE = `
  import { flow } from 'weir';
  export const parent = flow({ name: 'parent' }, async () => 1);
  export default parent;`;

interface Misuse {
  readonly title: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  readonly code: number;
  /** What stderr must say. */
  readonly says: readonly (string | RegExp)[];
}

const BAD_FILES: Misuse[] = [
  {
    title: 'E14 a file without a flow is refused with the way to export one',
    files: { 'a.ts': 'export const nothing = 1;\n' },
    args: ['run', 'a.ts'],
    code: 2,
    says: ['a.ts exports no flow', 'export default flow('],
  },
  {
    title: 'E14 a syntax error is told with file, line and the line itself',
    files: { 'a.ts': "import { flow } from 'weir';\n\nexport default flow(async () => { return 1 +; });\n" },
    args: ['run', 'a.ts'],
    code: 2,
    says: [/a\.ts:3/, 'return 1 +;'],
  },
  {
    title: 'E14 a syntax error in an imported file is told where it is',
    files: { 'a.ts': "import './b.ts';\n", 'b.ts': 'const a = 1;\nconst = 2;\n' },
    args: ['run', 'a.ts'],
    code: 2,
    says: [/b\.ts:2/, 'const = 2;'],
  },
  {
    title: 'E14 the import of a file that is not there is told with the line that imports it',
    files: {
      'a.ts': "import { flow } from 'weir';\nimport { rows } from './rows';\nexport default flow(async () => rows);\n",
    },
    args: ['run', 'a.ts'],
    code: 2,
    says: [/a\.ts:2:\d+: cannot find the file "\.\/rows"[\s\S]*\n *\^+/, 'check the path'],
  },
  {
    title: 'E14 the import of a package that is not installed is told with the command that installs it',
    files: {
      'a.ts':
        "import { flow } from 'weir';\nimport pad from '@scope/left-pad/deep';\nexport default flow(async () => pad);\n",
    },
    args: ['run', 'a.ts'],
    code: 2,
    says: [/a\.ts:2:\d+: cannot find the package "@scope\/left-pad\/deep"/, 'npm install @scope/left-pad'],
  },
  {
    title: 'an enum is refused with its line and what to write instead',
    files: {
      'a.ts': "import { flow } from 'weir';\nenum Colour { Red }\nexport default flow(async () => Colour.Red);\n",
    },
    args: ['run', 'a.ts'],
    code: 2,
    says: [/a\.ts:2/, 'enum', 'write a plain object for an enum'],
  },
  {
    title: 'the import of a type without "import type" gets the hint to write it',
    files: {
      'a.ts':
        "import { flow } from 'weir';\nimport { Row } from './row.ts';\nexport default flow(async (): Promise<Row[]> => []);\n",
      'row.ts': 'export interface Row { n: number }\n',
    },
    args: ['run', 'a.ts'],
    code: 2,
    says: [/a\.ts:2/, 'if "Row" is a type, write "import type"'],
  },
  {
    title: 'a misspelt import from weir is told with the nearest',
    files: { 'a.ts': "import { flwo } from 'weir';\nexport default flwo(async () => 1);\n" },
    args: ['run', 'a.ts'],
    code: 2,
    says: [/a\.ts:1:\d+/, 'did you mean flow?'],
  },
  {
    title: 'a parameter property is refused with its line and what to write instead',
    files: {
      'a.ts':
        "import { flow } from 'weir';\nclass A { constructor(private x: number) {} }\nexport default flow(async () => new A(1));\n",
    },
    args: ['run', 'a.ts'],
    code: 2,
    says: [/a\.ts:2/, 'assign a parameter property in the constructor'],
  },
  {
    title: 'a file that throws while it is loaded is told with line and message',
    files: { 'a.ts': "import { flow } from 'weir';\nthrow new TypeError('no such luck');\n" },
    args: ['run', 'a.ts'],
    code: 2,
    says: [/a\.ts:2: TypeError while the file was loaded: no such luck/],
  },
  {
    title: 'a file whose top level calls process.exit is told so',
    files: { 'a.ts': "import { flow } from 'weir';\nprocess.exit(3);\nexport default flow(async () => 1);\n" },
    args: ['run', 'a.ts'],
    code: 2,
    says: ['a.ts ended its host while it was loaded', 'process.exit(3)'],
  },
  {
    title: 'E15 of two flows in a file one must be chosen, and the message lists them',
    files: {
      'a.ts':
        "import { flow } from 'weir';\nexport const first = flow(async () => 1);\nexport const second = flow(async () => 2);\n",
    },
    args: ['run', 'a.ts'],
    code: 2,
    says: ['a.ts exports 2 flows: first, second', 'weir run a.ts:first'],
  },
  {
    title: 'of two files with flows in a folder one must be chosen, by a command that can be pasted',
    files: { 'my flows/a.yaml': 'tasks: { a: { run: true } }\n', 'my flows/b.yaml': 'tasks: { a: { run: true } }\n' },
    args: ['run', 'my flows'],
    code: 2,
    says: ['has 2 flow files: a.yaml, b.yaml', "weir run 'my flows/a.yaml'"],
  },
  {
    title: 'E15 a flow that the file does not have is refused with the nearest',
    files: {
      'a.ts':
        "import { flow } from 'weir';\nexport const first = flow(async () => 1);\nexport const second = flow(async () => 2);\n",
    },
    args: ['run', 'a.ts:secnd'],
    code: 2,
    says: ['exports no flow "secnd"; it exports first, second', 'did you mean second?'],
  },
  {
    title: 'a flow that is exported by name and as default is told once',
    files: { 'a.ts': TWICE },
    args: ['run', 'a.ts:child'],
    code: 2,
    says: [/exports no flow "child"; it exports parent\n/],
  },
  {
    title: 'two flows of one name in a file are refused',
    files: {
      'a.ts':
        "import { flow } from 'weir';\nexport const a = flow({ name: 'x' }, async () => 1);\nexport const b = flow({ name: 'x' }, async () => 2);\n",
    },
    args: ['run', 'a.ts'],
    code: 2,
    says: ['two flows named "x"', 'give one of them another name'],
  },
  {
    title: 'a Python script is no flow file',
    files: { 'train.py': 'print("hello")\n' },
    args: ['run', 'train.py'],
    code: 2,
    says: ['train.py is no flow file'],
  },
  {
    title: 'a flow option that does not exist as such is refused with the line of its flow',
    files: { 'a.ts': "import { flow } from 'weir';\nexport default flow({ name: 'a/b' }, async () => 1);\n" },
    args: ['run', 'a.ts'],
    code: 2,
    says: [/a\.ts:2/, 'a/b'],
  },
];

const BAD_USE: Misuse[] = [
  {
    title: 'a file that is not there',
    args: ['run', 'fliw.ts'],
    code: 2,
    says: ['there is no file fliw.ts', 'did you mean flow.ts?'],
  },
  {
    title: 'a folder without a flow',
    files: { 'empty/readme.md': '' },
    args: ['run', 'empty'],
    code: 2,
    says: ['there is no flow in', 'weir init'],
  },
  {
    title: 'an unknown command',
    args: ['rnu', 'flow.ts'],
    code: 2,
    says: ["unknown command 'rnu'", /did you mean (run|runs)/i],
  },
  { title: 'help for an unknown command', args: ['help', 'rnu'], code: 2, says: ["unknown command 'rnu'"] },
  {
    title: 'an unknown flag',
    args: ['run', 'flow.ts', '--tga', 'x'],
    code: 2,
    says: ["unknown option '--tga'", /did you mean --tag/i],
  },
  { title: 'one argument too many', args: ['show', '1', '2'], code: 2, says: ['too many arguments'] },
  {
    title: 'an argument that is missing, with what the command takes',
    args: ['compare', '1'],
    code: 2,
    says: ["missing required argument 'other'", 'usage: weir compare [flags] <run> <other>', 'weir compare --help'],
  },
  {
    title: 'a word that stands for no run',
    args: ['show', '@faild'],
    code: 1,
    says: ['"@faild" stands for no run; there are @latest, @failed, @running', 'did you mean @failed?'],
  },
  {
    title: 'an unknown parameter',
    args: ['run', 'flow.ts', '-p', 'wek=2'],
    code: 2,
    says: ['there is no parameter "wek"; the flow has week, city', 'did you mean week?'],
  },
  {
    title: 'a parameter without a value',
    args: ['run', 'flow.ts', '-p', 'week'],
    code: 2,
    says: ['-p week is not name=value'],
  },
  {
    title: 'parameters that are no JSON',
    args: ['run', 'flow.ts', '--params', '{week: 2}'],
    code: 2,
    says: ['--params is no JSON'],
  },
  {
    title: 'a file of parameters that is not there',
    args: ['run', 'flow.ts', '--params', '@none.json'],
    code: 2,
    says: ['none.json'],
  },
  { title: 'an unknown run', args: ['show', '4711'], code: 1, says: ['there is no run 4711', 'weir runs'] },
  { title: 'a run of an unknown flow', args: ['logs', 'god'], code: 1, says: ['no flow "god" has a run'] },
  { title: 'the latest of no runs', args: ['show'], code: 1, says: ['there are no runs yet'] },
  { title: 'a limit that is no number', args: ['runs', '--limit', 'many'], code: 2, says: ['--limit is "many"'] },
  { title: 'a limit of nothing', args: ['runs', '--limit', ''], code: 2, says: ['--limit is empty'] },
  { title: 'a negative limit', args: ['runs', '--limit', '-1'], code: 2, says: ['--limit is "-1"'] },
  { title: 'a tag that is empty', args: ['run', 'a.ts', '--tag', ''], code: 2, says: ['--tag is empty'] },
  {
    title: 'an empty key, as of a variable that is not set',
    args: ['run', 'a.ts', '--idempotency-key', ' '],
    code: 2,
    says: ['--idempotency-key is empty', 'the same key twice gives the first run'],
  },
  { title: 'a due time that is empty', args: ['run', 'a.ts', '--slot', ''], code: 2, says: ['--slot is empty'] },
  { title: 'a file that is empty', files: { 'a.ts': FLOW }, args: ['run', ''], code: 2, says: ['FILE is empty'] },
  { title: 'a name that is empty', args: ['exec', '--name', '', '--', 'true'], code: 2, says: ['--name is empty'] },
  { title: 'a database that is empty', args: ['--db', '', 'runs'], code: 2, says: ['--db is empty'] },
  {
    title: 'a parameter without a name',
    files: { 'a.ts': FLOW },
    args: ['run', 'a.ts', '-p', '=x'],
    code: 2,
    says: ['-p =x is not name=value'],
  },
  { title: 'a tail that is no number', args: ['logs', '1', '--tail', 'x'], code: 2, says: ['--tail is "x"'] },
  { title: 'a port that is no number', args: ['up', '.', '--port', 'http'], code: 2, says: ['--port is "http"'] },
];

test.each([...BAD_FILES, ...BAD_USE])('$title (exit code $code)', async ({ files, args, code, says }) => {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  for (const [name, text] of Object.entries(files ?? {})) world.write(name, text);
  const outcome = await world.weir(args);
  expectRefusal(outcome, code, says);
  expect(world.rows('select id from flow_runs')).toEqual([]);
});

test('E05 an unknown parameter in --params is refused and the message lists the known ones', async () => {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  const { code, stdout, stderr } = await world.weir(['run', 'flow.ts', '--params', '{"weak":2}']);
  expect({ code: [2, 5].includes(code ?? 0), stdout }).toEqual({ code: true, stdout: '' });
  expect(stderr).toMatch(/weak[\s\S]*week/);
  expect(stderr).not.toContain('entered');
});

test('E05 a value that does not validate gives a run recorded FAILED whose body was not entered (exit code 5)', async () => {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  const { code, stdout, stderr } = await world.weir(['run', 'flow.ts', '-p', 'week=foo']);
  expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
  expect(stderr).not.toContain('entered');
  const run = await world.show();
  expect(run).toMatchObject({ id: 1, params: { week: 'foo' }, state: { type: 'FAILED' }, tasks: [] });
  expect(run.error?.message).toMatch(/week.*foo/);
  expect(stderr).toContain(run.error?.message);
});

test('a folder for the database that cannot be made is told, with what to do', async () => {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  const file = world.write('file', 'in the way of a folder');
  for (const db of [join(file, 'weir.db'), '/proc/weir/weir.db']) {
    const outcome = await world.weir(['run', 'flow.ts', '--db', db]);
    expectRefusal(outcome, 1, [db.replace('/weir.db', ''), '--db PATH']);
  }
});

test('a folder in the place of the database is told', async () => {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  mkdirSync(world.db, { recursive: true });
  expectRefusal(await world.weir(['run', 'flow.ts']), 1, [
    `${world.db} is a folder`,
    '--db PATH',
    `${world.db}/weir.db`,
  ]);
});

test('a current folder that somebody has removed is told, by whatever needs it', async () => {
  const world = weirWorld();
  for (const command of ['run', 'check .', 'init', 'up . --port 0']) {
    const script = `mkdir gone && cd gone && rmdir ../gone && "$0" ${command}`;
    const { status, stdout, stderr } = spawnSync('sh', ['-c', script, EXECUTABLE], {
      cwd: world.folder,
      env: { ...process.env, HOME: world.folder, WEIR_DB: world.db },
      encoding: 'utf8',
    });
    expectRefusal({ code: status, signal: null, stdout, stderr }, 1, ['the current folder does not exist any more']);
  }
});

test('F9 a text file in the place of the database is refused and left as it is', async () => {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  const text = 'these are my notes\n'.repeat(1000);
  world.write('data/weir.db', text);
  for (const args of [['run', 'flow.ts'], ['runs'], ['up', '.', '--port', '0']]) {
    expectRefusal(await world.weir(args), 1, [world.db, 'is damaged or no Weir database', 'nothing was changed']);
  }
  expect(`${world.lines('data/weir.db').join('\n')}\n`).toBe(text);
});

test.each([
  ['its header', 0, 100],
  ['pages in the middle', 4 * 8192, 3 * 8192],
  ['its end cut off', 100_000, null],
])('F9 a database with damage to %s is refused with a sentence, and nothing is started', async (_, from, length) => {
  const world = weirWorld();
  // Large enough that there is a middle.
  world.write('flow.ts', FLOW.replace('return city + week', "return 'x'.repeat(1e6)"));
  expect(await world.weir(['run', 'flow.ts'])).toMatchObject({ code: 0 });
  const file = openSync(world.db, 'r+');
  if (length === null) ftruncateSync(file, from);
  else writeSync(file, Buffer.alloc(length, 'damage'), 0, length, from);
  closeSync(file);
  for (const args of [['run', 'flow.ts'], ['runs'], ['up', '.', '--port', '0']]) {
    const outcome = await world.weir(args);
    expectRefusal(outcome, 1, [world.db, 'is damaged or no Weir database', 'restore a backup']);
    expect(outcome.stderr).not.toContain('entered');
  }
});

test('F10 a database of a newer Weir is refused and left as it is (exit code 7)', async () => {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  await world.weir(['run', 'flow.ts']);
  setUserVersion(world, 999);
  for (const args of [['run', 'flow.ts'], ['runs'], ['show', '1'], ['up', '.', '--port', '0']]) {
    expectRefusal(await world.weir(args), 7, [/was made by a newer Weir \(its schema is 999, this one knows \d+\)/]);
  }
  expect(world.rows('pragma user_version')).toEqual([{ user_version: 999 }]);
  expect(world.rows('select id from flow_runs')).toEqual([{ id: 1 }]);
});

test('E15 file.ts:name chooses one of several flows, by its name or its export', async () => {
  const world = weirWorld();
  world.write(
    'a.ts',
    "import { flow } from 'weir';\nexport const first = flow({ name: 'the-first' }, async () => 1);\nexport const second = flow(async () => 2);\n",
  );
  expect(await world.weir(['run', 'a.ts:the-first'])).toMatchObject({ code: 0, stdout: '1\n' });
  expect(await world.weir(['run', 'a.ts:first'])).toMatchObject({ code: 0, stdout: '1\n' });
  expect(await world.weir(['run', 'a.ts:second'])).toMatchObject({ code: 0, stdout: '2\n' });
});

test('help of a command in a group is that of the command', async () => {
  const { code, stdout } = await weirWorld().weir(['help', 'deployment', 'pause']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^Usage: weir deployment pause /) });
});

test.each([[['--help']], [['help']], [['run', '--help']], [['--version']], [['version']]])(
  '%j answers on stdout with exit code 0',
  async (args) => {
    const world = weirWorld();
    const { code, stdout, stderr } = await world.weir(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toBe('');
  },
);

function expectRefusal(
  { code, signal, stdout, stderr }: Outcome,
  expected: number,
  says: readonly (string | RegExp)[],
): void {
  expect({ code, signal, stdout }, stderr).toEqual({ code: expected, signal: null, stdout: '' });
  for (const part of says) typeof part === 'string' ? expect(stderr).toContain(part) : expect(stderr).toMatch(part);
  expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  expect(stderr).not.toMatch(/should not have happened|UnhandledPromise|Node\.js v/);
  expect(stderr.trimEnd().split('\n').length, stderr).toBeLessThanOrEqual(5);
}

function setUserVersion(world: World, version: number): void {
  const database = new SqliteDatabase(world.db);
  database.pragma(`user_version = ${version}`);
  database.close();
}
