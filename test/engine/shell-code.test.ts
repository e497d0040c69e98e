import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

/** Runs one command, fails in a last task, changes files, and retries; gives why the command ran again or not. */
async function whyAfter(command: string, change: () => void): Promise<string | null> {
  const source = `export default flow({ name: 'f' }, async () => { await ${command}; await sh({ name: 'last' })\`exit 1\`; });`;
  const first = await world.runFlow(source);
  expect(first.task('it').state.type).toBe('COMPLETED');
  change();
  const second = await world.retry(first.id);
  // What the first attempt left stays as a row of its own; the call of the second is the later one.
  return second.tasks.filter(({ name }) => name === 'it').at(-1)?.why ?? null;
}

function program(name: string, text: string): void {
  world.write(name, `#!/bin/sh\n${text}\n`);
  chmodSync(join(world.folder, name), 0o755);
}

describe('the code of a shell task', () => {
  it('is also the project files that its command names: when one changed, it runs again and says so', async () => {
    program('bin/fetch', 'true');
    const why = await whyAfter("sh({ name: 'it' })`./bin/fetch --week 7`", () => program('bin/fetch', 'echo changed'));
    expect(why).toBe('ran again: file changed');
  });

  it('is a script named after an interpreter, from where the command runs', async () => {
    world.write('ml/train.sh', 'true');
    world.write('ml/conf.yaml', 'alpha: 1');
    const why = await whyAfter("sh({ name: 'it', cwd: 'ml' })`sh train.sh --config conf.yaml`", () =>
      world.write('ml/conf.yaml', 'alpha: 2'),
    );
    expect(why).toBe('ran again: file changed');
  });

  it('is what the globs under code name', async () => {
    world.write('src/a/b.py', '1');
    const why = await whyAfter("sh({ name: 'it', code: ['src/**/*.py'] })`true`", () => world.write('src/a/c.py', '2'));
    expect(why).toBe('ran again: file changed');
  });

  it('is not what it writes itself, nor data, nor what lies in a venv or outside of the folder', async () => {
    world.write('train.sh', 'cat "$1" > out.yaml; echo "$1" > "$3"');
    world.write('data.csv', '1');
    world.write('venv/x.py', '1');
    world.write('.env-of-mine/pyvenv.cfg', '');
    world.write('.env-of-mine/x.py', '1');
    const command =
      "sh({ name: 'it', files: { handed: 'handed.py' } })`sh train.sh data.csv -o result.yaml > log.sh; echo x > handed.py; cat handed.py venv/x.py .env-of-mine/x.py /etc/hostname`";
    const why = await whyAfter(command, () => {
      world.write('data.csv', '2');
      world.write('result.yaml', '2');
      world.write('log.sh', '2');
      world.write('handed.py', '2');
      world.write('venv/x.py', '2');
      world.write('.env-of-mine/x.py', '2');
    });
    expect(why).toBe('reused from attempt 1');
  });

  it('is not a value that it is given: that is an input', async () => {
    world.write('a.py', '1');
    world.write('name', 'a.py');
    const command = "sh({ name: 'it' })`cat ${readFileSync(context().dir + '/name', 'utf8').trim()}`";
    expect(await whyAfter(command, () => world.write('a.py', '2'))).toBe('reused from attempt 1');
    world.write('name', 'a.py');
    const why = await whyAfter(command, () => world.write('name', './a.py'));
    expect(why).toBe('ran again: inputs changed');
  });

  it('is part of the key under which its result is cached', async () => {
    world.write('step.sh', 'echo x >> count');
    const source =
      "export default flow({ name: 'f' }, async () => { await sh({ name: 'it', cache: { key: 'inputs' } })`sh step.sh`; });";
    await world.runFlow(source);
    await world.runFlow(source);
    expect(world.lines('count')).toHaveLength(1);
    world.write('step.sh', 'echo y >> count');
    await world.runFlow(source);
    expect(world.lines('count')).toEqual(['x', 'y']);
  });
});
