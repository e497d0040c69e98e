/** `weir init`, by the built executable: what it writes, that editors and tsc understand it, and what it refuses. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { weirWorld } from '../../support/weir.ts';

const TSC = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));

/** The project's own compiler on a folder that has no npm; one line an error. */
function typeErrors(folder: string): string[] {
  const { stdout, status } = spawnSync(process.execPath, [TSC, '-p', folder, '--pretty', 'false'], {
    cwd: dirname(folder),
    encoding: 'utf8',
  });
  const errors = stdout.split('\n').filter((line) => /^\S.*error TS\d+/.test(line));
  expect(status === 0).toBe(errors.length === 0);
  return errors;
}

describe('weir init', () => {
  test('writes a flow, and what an editor needs, into the current folder', async () => {
    const { folder, weir } = weirWorld();
    const here = join(folder, 'here');
    mkdirSync(here);
    const { code, stdout, stderr } = await weir(['init'], { cwd: here });
    expect(code).toBe(0);
    expect(stdout).toBe('');
    expect(readdirSync(here).sort()).toEqual(['.gitignore', '.weir', 'flow.ts', 'tsconfig.json']);
    expect(readFileSync(join(here, '.gitignore'), 'utf8')).toBe('.weir/\n');
    for (const said of ['flow.ts', 'tsconfig.json', '.weir/types/', 'weir run flow.ts', 'weir up .'])
      expect(stderr).toContain(said);
  });

  test('makes the folder that is named, with its parents, and says how to go there', async () => {
    const { folder, weir } = weirWorld();
    const { code, stderr } = await weir(['init', "deep/my flow's"]);
    expect(code).toBe(0);
    expect(existsSync(join(folder, "deep/my flow's/flow.ts"))).toBe(true);
    expect(stderr).toContain("cd 'deep/my flow'\\''s'");
  });

  test('tells with --json what it wrote', async () => {
    const { folder, json } = weirWorld();
    expect(await json(['init', 'p'])).toEqual({
      schema: 'weir.init/1',
      folder: join(folder, 'p'),
      files: ['flow.ts', 'tsconfig.json', '.gitignore', '.weir/types/'],
    });
  });

  test('the flow runs as it is written, and takes its parameters', async () => {
    const { folder, weir, json } = weirWorld();
    await weir(['init', 'p']);
    const run = await json<{ state: { name: string }; flow: string; tasks: { name: string; upstream: number[] }[] }>([
      'run',
      'p/flow.ts',
      '-p',
      `folder=${folder}`,
      '-p',
      'warnBelow=0',
    ]);
    expect(run).toMatchObject({
      flow: 'disk-space',
      state: { name: 'Completed' },
      result: expect.stringMatching(/^fine/),
    });
    expect(run.tasks.map((task) => [task.name, task.upstream.length])).toEqual([
      ['df', 0],
      ['read-free', 1],
      ['warn', 1],
    ]);
  });
});

describe('a template in YAML', () => {
  test('comes with the schema of the format instead of declarations, and with what its own .gitignore says', async () => {
    const { folder, weir } = weirWorld();
    const { code, stderr } = await weir(['init', 'p', '--template', 'python']);
    expect(code, stderr).toBe(0);
    const there = readdirSync(join(folder, 'p'));
    for (const name of ['flow.yaml', 'requirements.txt', '.gitignore', '.weir', 'data']) expect(there).toContain(name);
    expect(there).not.toContain('tsconfig.json');
    expect(stderr).toContain('weir run flow.yaml');
    expect(readFileSync(join(folder, 'p/.gitignore'), 'utf8')).toContain('venv/\n');
    expect(readFileSync(join(folder, 'p/flow.yaml'), 'utf8')).toMatch(
      /^# yaml-language-server: \$schema=\.weir\/flow\.schema\.json\n/,
    );
    const schema = JSON.parse(readFileSync(join(folder, 'p/.weir/flow.schema.json'), 'utf8')) as object;
    expect(schema).toEqual(JSON.parse((await weir(['schema', 'flow'])).stdout));
    const checked = await weir(['check', 'p']);
    expect(checked.code, checked.stderr).toBe(0);
  });
});

describe('tsc and editors', () => {
  test('the flow checks without npm', async () => {
    const { folder, weir } = weirWorld();
    await weir(['init', 'p']);
    expect(typeErrors(join(folder, 'p'))).toEqual([]);
  });

  test('the template weekly-retrain checks without npm', async () => {
    const { folder, weir } = weirWorld();
    await weir(['init', 'p', '--template', 'weekly-retrain']);
    expect(existsSync(join(folder, 'p/data/seattle-weather.csv'))).toBe(true);
    expect(typeErrors(join(folder, 'p'))).toEqual([]);
  });

  test('types are inferred through tasks, futures, parameters, shell commands and the registry, and mistakes are reported', async () => {
    const { folder, weir, write } = weirWorld();
    await weir(['init', 'p']);
    write(
      'p/wrong.ts',
      `import { readFileSync } from 'node:fs';
import { context, flow, models, sh, task, z } from 'weir';
import { z as zod } from 'zod';
const add = task({ name: 'add' }, async (a: number, b: number) => a + b);
export default flow({ name: 'x', params: z.object({ week: z.int(), day: z.iso.date().optional() }) }, async (params) => {
  add('x', 1);
  const sum: string = await add(add(1, 2), 3);
  const sums: string[] = await add.map([1, 2], 3);
  const week: string = params.week;
  const day: string = params.day;
  const code: string = (await sh\`true \${1}\`).exitCode;
  const x: string = (await models.get<{ x: number }>('m')).value.x;
  const dir: number = context().dir;
  const text: number = readFileSync('x', 'utf8');
  const parsed: number = zod.string().parse('x');
  const right: number = await add(1, 2);
  return [sum, sums, week, day, code, x, dir, text, parsed, right];
});
`,
    );
    const lines = typeErrors(join(folder, 'p')).map((error) => Number(/wrong\.ts\((\d+),/.exec(error)?.[1]));
    expect(lines).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  });

  test('what type stripping cannot carry is refused', async () => {
    const { folder, weir, write } = weirWorld();
    await weir(['init', 'p']);
    write('p/wrong.ts', 'export enum Color { Red }\n');
    expect(typeErrors(join(folder, 'p'))).toEqual([expect.stringContaining("'erasableSyntaxOnly'")]);
  });

  test('imports work with and without the extension', async () => {
    const { folder, weir, write } = weirWorld();
    await weir(['init', 'p']);
    write('p/features.ts', 'export const one = 1;\n');
    write(
      'p/both.ts',
      "import { one } from './features';\nimport { one as same } from './features.ts';\nexport const two: number = one + same;\n",
    );
    expect(typeErrors(join(folder, 'p'))).toEqual([]);
  });
});

describe('files that are there already', () => {
  test('are all named, and nothing is written', async () => {
    const { folder, weir, write } = weirWorld();
    write('p/flow.ts', '// mine\n');
    write('p/data.ts', '// mine\n');
    const { code, stdout, stderr } = await weir(['init', 'p', '--template', 'weekly-retrain']);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('data.ts, flow.ts already; nothing was written');
    expect(stderr).toContain('--force');
    expect(readdirSync(join(folder, 'p')).sort()).toEqual(['data.ts', 'flow.ts']);
    expect(readFileSync(join(folder, 'p/flow.ts'), 'utf8')).toBe('// mine\n');
  });

  test('are replaced with --force', async () => {
    const { folder, weir, write } = weirWorld();
    write('p/flow.ts', '// mine\n');
    expect((await weir(['init', 'p', '--force'])).code).toBe(0);
    expect(readFileSync(join(folder, 'p/flow.ts'), 'utf8')).toContain("from 'weir'");
  });

  test('a link that leads nowhere counts as one', async () => {
    const { folder, weir } = weirWorld();
    mkdirSync(join(folder, 'p'));
    symlinkSync(join(folder, 'elsewhere.ts'), join(folder, 'p/flow.ts'));
    expect((await weir(['init', 'p'])).code).toBe(1);
    expect(existsSync(join(folder, 'elsewhere.ts'))).toBe(false);
  });

  test('a tsconfig.json and a .gitignore of the project are never touched', async () => {
    const { folder, weir, write } = weirWorld();
    write('p/tsconfig.json', '{}\n');
    write('p/.gitignore', 'dist/\n');
    const { code, stderr } = await weir(['init', 'p', '--force']);
    expect(code).toBe(0);
    expect(stderr).toContain('tsconfig.json was there already and is unchanged');
    expect(readFileSync(join(folder, 'p/tsconfig.json'), 'utf8')).toBe('{}\n');
    expect(readFileSync(join(folder, 'p/.gitignore'), 'utf8')).toBe('dist/\n');
  });

  test('the declarations follow this Weir at every init, also beside a flow that stays', async () => {
    const { folder, weir } = weirWorld();
    await weir(['init', 'p']);
    const types = join(folder, 'p/.weir/types');
    writeFileSync(join(types, 'of-an-older-weir.d.ts'), '');
    rmSync(join(types, 'weir'), { recursive: true });
    writeFileSync(join(folder, 'p/flow.ts'), '// mine\n');
    const { code, stderr } = await weir(['init', 'p']);
    expect(code).toBe(1);
    expect(stderr).toContain('only .weir/types was renewed');
    expect(readFileSync(join(folder, 'p/flow.ts'), 'utf8')).toBe('// mine\n');
    expect(existsSync(join(types, 'weir/sdk/index.d.ts'))).toBe(true);
    expect(existsSync(join(types, 'of-an-older-weir.d.ts'))).toBe(false);
    expect(readdirSync(join(folder, 'p/.weir'))).toEqual(['types']);
  });
});

describe('what cannot be', () => {
  test('an unknown template is answered with the nearest and the list', async () => {
    const { folder, weir } = weirWorld();
    const { code, stderr } = await weir(['init', 'p', '--template', 'weekly-retrian']);
    expect(code).toBe(2);
    expect(stderr).toContain('there is no template "weekly-retrian"');
    expect(stderr).toMatch(/did you mean weekly-retrain\? templates are cron, etl, python, .*starter, weekly-retrain/);
    expect(existsSync(join(folder, 'p'))).toBe(false);
  });

  test.each(['constructor', '__proto__', ''])('%j is no template', async (name) => {
    const { weir } = weirWorld();
    expect((await weir(['init', 'p', '--template', name])).code).toBe(2);
  });

  test('a file where the folder should be is told in a sentence', async () => {
    const { weir, write } = weirWorld();
    write('p', 'a file');
    const { code, stderr } = await weir(['init', 'p']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^weir: \S+\/p cannot be written: /);
  });

  test('a file where a folder of the template should be is told before anything is written', async () => {
    const { folder, weir, write } = weirWorld();
    write('p/data', 'a file');
    const { code, stderr } = await weir(['init', 'p', '--template', 'weekly-retrain']);
    expect(code).toBe(1);
    expect(stderr).toContain('/p/data cannot be written');
    expect(readdirSync(join(folder, 'p'))).toEqual(['data']);
  });

  test('a folder that the kernel will not make is told in a sentence', async () => {
    const { weir } = weirWorld();
    const { code, stderr } = await weir(['init', '/proc/weir']);
    expect(code).toBe(1);
    expect(stderr).toContain('/proc/weir cannot be written');
  });

  test('a folder without the right to write is told in a sentence', async () => {
    const { folder, weir } = weirWorld();
    mkdirSync(join(folder, 'p'), { mode: 0o555 });
    chmodSync(folder, 0o755);
    // root may write everywhere: as somebody else
    const { code, stderr } = await weir(['init', join(folder, 'p')], process.getuid?.() === 0 ? { uid: 65534 } : {});
    expect(stderr).toContain('cannot be written');
    expect(stderr).not.toContain('this should not have happened');
    expect(code).toBe(1);
  });
});
