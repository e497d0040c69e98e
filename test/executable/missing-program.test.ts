/** A command that is not found explains itself: its name, the PATH, and what the user's login shell says. */
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { EXECUTABLE, weirWorld } from '../support/weir.ts';

const FLOW = `
  import { flow, sh } from 'weir';
  export default flow({ name: 'env' }, async () => { await sh({ name: 'train' })\`echo begin; conda run train.py | cat\`; });`;

/** A world with a program `conda` in a folder of its own, and a login shell that prints what is given before its PATH. */
function worldWithLoginShell(startUp: (folder: string) => string) {
  const world = weirWorld();
  mkdirSync(join(world.folder, 'conda'));
  chmodSync(world.write('conda/conda', '#!/bin/sh\n'), 0o755);
  const shell = world.write(
    'login-shell',
    `#!/bin/sh\n[ "$1" = -lic ] || exit 9\n${startUp(world.folder)}\neval "$2"\n`,
  );
  chmodSync(shell, 0o755);
  world.write('flow.ts', FLOW);
  return {
    world,
    shell,
    async failure() {
      const { code, stderr } = await world.weir(['run', 'flow.ts'], { env: { SHELL: shell } });
      expect(code).toBe(5);
      const [task] = (await world.show()).tasks;
      expect(task?.error).toMatchObject({ exit_code: 127, last_lines: expect.arrayContaining(['begin']) });
      expect(stderr).toContain('command not found: conda');
      return task?.error?.message;
    },
  };
}

/** Behind the PATH that is inherited stands the folder of weir itself. */
const PATH = `/usr/local/bin:/usr/bin:/bin:${dirname(EXECUTABLE)}`;

const failureWith = (answer: string) =>
  `exit code 127: command not found: conda. ${answer}It was looked for in PATH=${PATH}`;

test('command not found names the PATH and where the login shell finds it, whatever its start-up files print', async () => {
  const { world, shell, failure } = worldWithLoginShell(
    (folder) => `echo Welcome; PATH="${folder}/nowhere:${folder}/conda:$PATH"`,
  );
  expect(await failure()).toBe(
    failureWith(
      `Your login shell (${shell}) finds it at ${world.folder}/conda/conda: call it by that path, or give the task a PATH with that folder. `,
    ),
  );
  world.write('flow.ts', FLOW.replace('echo begin; conda run train.py | cat', 'echo begin; sh -c conda'));
  expect(await failure()).toContain(`finds it at ${world.folder}/conda/conda`);
});

test('command not found says so when the login shell does not find it either, or knows it as a function', async () => {
  const neither = worldWithLoginShell(() => '');
  expect(await neither.failure()).toBe(
    failureWith(`Your login shell (${neither.shell}) does not find it either: is it installed? `),
  );
  const asFunction = worldWithLoginShell(() => 'conda() { :; }');
  expect(await asFunction.failure()).toContain('knows it as a function or an alias, which scripts do not see');
});

test('a word of the shell itself is told as that, with the command that was meant', async () => {
  const world = weirWorld();
  const answer = (word: string, which: string) => `${word} is a part of ${which} and no program`;
  const moved = await world.weir(['exec', '--', 'cd', '/srv/my app']);
  expect(moved.code).toBe(127);
  expect(moved.stderr).toContain(answer('cd', 'the shell'));
  expect(moved.stderr).toContain(`weir exec -- sh -c 'cd '\\''/srv/my app'\\'' && ...'\n`);
  expect((await world.weir(['exec', '--', 'source', 'env.sh'])).stderr).toContain(
    "weir exec -- bash -c 'source env.sh && ...'\n",
  );
  world.write('flow.yaml', 'shell: sh\ntasks: { load: { run: "source env.sh" } }\n');
  expect((await world.weir(['run', 'flow.yaml'])).code).toBe(5);
  expect((await world.show('flow')).tasks[0]?.error?.message).toBe(
    `exit code 127: ${answer('source', 'bash')}: only bash carries it out, and for itself alone.`,
  );
});

test('a login shell that never answers is not waited for, and nothing of it is left', async () => {
  const { world, failure } = worldWithLoginShell(() => 'sleep 1000 & trap "" TERM; sleep 1000');
  expect(await failure()).toBe(failureWith(''));
  expect(world.commands().filter((command) => command.includes('sleep'))).toEqual([]);
});

test('a script that may not be executed, or has the line ends of Windows, is told as that', async () => {
  const world = weirWorld();
  world.write('plain.sh', '#!/bin/sh\n');
  chmodSync(world.write('windows.sh', '#!/bin/sh\r\necho hello\r\n'), 0o755);
  world.write('flow.yaml', 'tasks:\n  plain: { run: ./plain.sh }\n  windows: { run: "echo begin; ./windows.sh" }\n');
  expect((await world.weir(['run', 'flow.yaml'])).code).toBe(5);
  const [plain, windows] = (await world.show()).tasks;
  expect(plain?.error?.message).toBe(
    `exit code 126: ${world.folder}/plain.sh may not be executed (EACCES): see chmod +x, or a file system mounted noexec`,
  );
  expect(windows?.error?.message).toMatch(/^exit code 127: .*windows\.sh was not started: its lines end as on Windows/);
});
