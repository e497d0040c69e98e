/** The executable is all there is: no Node, no packages, no home, nothing in the environment. */
import { chmodSync, constants, copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXECUTABLE, type RunJson, type StartOptions, type World, weirWorld } from '../support/weir.ts';

const FLOW = `
  import { flow, sh, task } from 'weir';
  const double = task({ name: 'double' }, (n: number): number => n * 2);
  export default flow({ name: 'alone' }, async () => {
    const { stdout } = await sh({ name: 'say' })\`echo spoken\`;
    return { doubled: await double(21), said: stdout.trim() };
  });`;

test('the executable alone, copied into an empty folder and given an empty environment, does everything', async () => {
  const world = weirWorld();
  const folder = join(world.folder, 'alone');
  mkdirSync(folder);
  copyFileSync(EXECUTABLE, join(folder, 'weir'), constants.COPYFILE_FICLONE);
  const options: StartOptions = { ...emptyEnvironment(world), argv: ['/usr/bin/env', '-i', './weir'], cwd: folder };
  const weir = (...args: string[]) => world.weir(args, options);

  expect(await weir('init', 'project')).toMatchObject({ code: 0, stdout: '' });
  expect(readdirSync(join(folder, 'project'))).toContain('flow.ts');
  world.write('alone/flow.ts', FLOW);
  const ran = await weir('run', 'flow.ts', '--db', 'weir.db');
  expect(ran).toMatchObject({ code: 0, stdout: '{"doubled":42,"said":"spoken"}\n' });
  const shown = await weir('show', '--json', '--db', 'weir.db');
  expect((JSON.parse(shown.stdout) as RunJson).tasks.map((task) => task.name)).toEqual(['say', 'double']);
  expect((await weir('runs', '--db', 'weir.db')).stdout).toMatch(/1 +alone +✓ Completed/);
  expect((await weir('logs', '1', 'say', '--db', 'weir.db')).stdout).toContain('spoken');
});

test('a task finds weir by the link by whose path it was called, whatever the file is named', async () => {
  const world = weirWorld();
  copyFileSync(EXECUTABLE, join(world.folder, 'weir-0.1.0'), constants.COPYFILE_FICLONE);
  mkdirSync(join(world.folder, 'bin'));
  symlinkSync('../weir-0.1.0', join(world.folder, 'bin', 'weir'));
  world.write('flow.yaml', 'tasks: { which: { run: "command -v weir; weir version >/dev/null" } }\n');
  const found = `  which: ${world.folder}/bin/weir\n`;
  for (const infra of ['thread', 'process']) {
    const ran = await world.weir(['run', 'flow.yaml', '--infra', infra], { argv: ['bin/weir'] });
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining(found) });
  }
  const other = await world.weir(['run', 'flow.yaml'], { argv: ['./weir-0.1.0'] });
  expect(other.code).toBe(5);
});

test('a home folder that is empty gets the database and the unpacked library', async () => {
  const world = weirWorld();
  const home = join(world.folder, 'home');
  mkdirSync(home);
  world.write('flow.ts', FLOW);
  const ran = await world.weir(['run', 'flow.ts'], { env: { ...emptyEnvironment(world).env, HOME: home } });
  expect(ran).toMatchObject({ code: 0, stdout: '{"doubled":42,"said":"spoken"}\n' });
  expect(existsSync(join(home, '.weir', 'weir.db'))).toBe(true);
  expect(unpackedLibraries(join(home, '.cache', 'weir'))).toHaveLength(1);
});

test('where no cache folder can be made, the temporary folder serves', async () => {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  // A file in the way stops the superuser as well.
  const home = world.write('home', 'a file, not a folder');
  const ran = await world.weir(['run', 'flow.ts'], { env: { HOME: home, XDG_CACHE_HOME: undefined } });
  expect(ran).toMatchObject({ code: 0, stdout: '{"doubled":42,"said":"spoken"}\n' });
  const unpacked = readdirSync(join(world.folder, 'tmp')).filter((name) => name.startsWith('weir-'));
  expect(unpacked).toEqual([`weir-${process.getuid?.()}`]);
});

test('a user whom the machine does not know by name can run flows', async () => {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  // Only the superuser may become somebody else; others are somebody known, and that must work too.
  const isSuperuser = process.getuid?.() === 0;
  chmodSync(world.folder, 0o777);
  chmodSync(join(world.folder, 'tmp'), 0o777);
  const env = { HOME: '/', XDG_CACHE_HOME: undefined };
  const ran = await world.weir(['run', 'flow.ts'], isSuperuser ? { env, uid: 54_321 } : { env });
  expect(ran).toMatchObject({ code: 0, stdout: '{"doubled":42,"said":"spoken"}\n' });
});

test.each([['--inspect-brk'], ['--require /nowhere/missing.cjs'], ['--max-old-space-size=1'], ['--no-such-option']])(
  'NODE_OPTIONS=%s in the environment changes nothing',
  async (options) => {
    const world = weirWorld();
    world.write('flow.ts', FLOW);
    const env = { NODE_OPTIONS: options, NODE_PATH: '/nowhere', NODE_DEBUG: '' };
    expect(await world.weir(['run', 'flow.ts', '--quiet'], { env })).toEqual({
      code: 0,
      signal: null,
      stdout: '{"doubled":42,"said":"spoken"}\n',
      stderr: '',
    });
  },
);

test('several first starts at once unpack the library and make the database without harm', async () => {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  const all = await Promise.all(Array.from({ length: 4 }, () => world.weir(['run', 'flow.ts'])));
  expect(all.map(({ code, stdout }) => [code, stdout])).toEqual(all.map(() => [0, '{"doubled":42,"said":"spoken"}\n']));
  expect(unpackedLibraries(join(world.folder, 'cache', 'weir'))).toHaveLength(1);
  expect((await world.runs()).map((run) => run.id).sort()).toEqual([1, 2, 3, 4]);
});

/** Also what was left half-written. */
function unpackedLibraries(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('sqlite-'));
}

function emptyEnvironment(world: World): { env: Record<string, undefined> } {
  return { env: Object.fromEntries(Object.keys(world.environment).map((name) => [name, undefined])) };
}
