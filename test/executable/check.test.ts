/** `weir check` and `weir schema` of the built executable. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { weirWorld } from '../support/weir.ts';

const NIGHTLY = `name: nightly-etl
schedule: { cron: "0 2 * * *", timezone: Europe/Berlin }
params:
  day: { type: date, default: "\${{ slot.start }}" }
  region: { type: string }
env_file: .env
venv: ./venv
concurrency_limits: { gpu: 1 }
tasks:
  extract: { run: python extract.py }
  train: { needs: extract, occupies: { gpu: 1 }, run: python train.py }
  report: { needs: [extract, train], when: all_done, run: ./report.sh }
`;

function withSurroundings() {
  const world = weirWorld();
  world.write('.env', '# comment\nA=1\nexport B="two words"\n');
  mkdirSync(join(world.folder, 'venv', 'bin'), { recursive: true });
  writeFileSync(join(world.folder, 'venv', 'bin', 'python'), '#!/bin/sh\n');
  chmodSync(join(world.folder, 'venv', 'bin', 'python'), 0o755);
  return world;
}

test('a valid YAML flow is shown with graph, parameters, due times, shell, folder and environment; nothing is recorded', async () => {
  const world = withSurroundings();
  world.write('nightly.yaml', NIGHTLY);
  const { code, stdout } = await world.weir(['check', 'nightly.yaml']);
  expect(code).toBe(0);
  expect(stdout).toContain('nightly.yaml: nightly-etl is valid');
  expect(stdout).toMatch(/region +text +must be given/);
  expect(stdout).toMatch(/└─ train .*\n.*└─ report .*after extract too; when all_done/);
  expect(stdout).toMatch(/Europe\/Berlin +next \d{4}-\d\d-\d\d 02:00, \d{4}-\d\d-\d\d 02:00, \d{4}-\d\d-\d\d 02:00/);
  expect(stdout).toContain('bash -eo pipefail');
  expect(stdout).toContain(`${join(world.folder, '.env')} (2 variables)`);
  expect(stdout).toContain(`venv ${join(world.folder, 'venv')}`);
  expect(existsSync(world.db)).toBe(false);
});

test('a secret that is not set is told with the line that names it and the command that sets it', async () => {
  const world = weirWorld();
  world.write(
    'deploy.yaml',
    'name: deploy\nsecrets: [TOKEN]\ntasks:\n  push: { run: ./push.sh, secrets: [TOKEN, DEPLOY_KEY] }\n',
  );
  const { code, stdout } = await world.weir(['check', 'deploy.yaml']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/deploy\.yaml:2:\d+: warning: there is no secret TOKEN in this database/);
  expect(stdout).toMatch(/deploy\.yaml:4:\d+: warning: there is no secret DEPLOY_KEY/);
  expect(stdout).toContain('weir secret set DEPLOY_KEY');
  expect(stdout.match(/no secret/g)).toHaveLength(2);
});

test('what a flow needs and this machine does not have is an error with its line', async () => {
  const world = weirWorld();
  world.write('nightly.yaml', `${NIGHTLY}  child: { flow: ./child.yaml }\n  odd: { shell: /no/such/shell, run: x }\n`);
  const { code, stdout } = await world.weir(['check', 'nightly.yaml']);
  expect(code).toBe(2);
  expect(stdout).toContain('nightly.yaml: 4 errors');
  expect(stdout).toContain(`nightly.yaml:6:11: there is no file ${join(world.folder, '.env')}`);
  expect(stdout).toContain(`nightly.yaml:7:7: the venv ./venv does not exist: ${join(world.folder, 'venv')}`);
  expect(stdout).toContain(`nightly.yaml:13:18: there is no file ${join(world.folder, 'child.yaml')}`);
  expect(stdout).toContain('nightly.yaml:14:17: /no/such/shell is not there');
});

test('a task that calls a flow which its TypeScript file does not export is an error that names those it exports', async () => {
  const world = weirWorld();
  world.write(
    'other.ts',
    "import { flow } from 'weir';\nconst one = flow({ name: 'first' }, async () => 1);\nexport const secondFlow = flow(async () => 2);\nexport { one };\n",
  );
  const main = (called: string) => world.write('main.yaml', `tasks:\n  a: { flow: ${called} }\n`);
  main('./other.ts:secnd-flow');
  const wrong = await world.weir(['check', 'main.yaml']);
  expect(wrong.code).toBe(2);
  expect(wrong.stdout).toContain(
    'main.yaml:2:14: other.ts exports no flow "secnd-flow"; it exports first, second-flow\n',
  );
  expect(wrong.stdout).toContain('name one of them: flow: ./other.ts:second-flow\n');
  for (const called of ['./other.ts', 'nowhere']) {
    main(called);
    expect((await world.weir(['check', 'main.yaml'])).stdout).toMatch(
      /main\.yaml:2:14: (other\.ts exports no flow "default"|main\.yaml calls flow: nowhere, and no file in)/,
    );
  }
  for (const called of ['./other.ts:second-flow', './other.ts:one', 'first']) {
    main(called);
    expect(await world.weir(['check', 'main.yaml'])).toMatchObject({ code: 0 });
    expect(await world.weir(['run', 'main.yaml'])).toMatchObject({ code: 0 });
  }
});

test('a folder with a YAML flow, a TypeScript flow and broken ones of both is told file by file, exit 2', async () => {
  const world = weirWorld();
  world.write('good.yaml', 'tasks: { hello: { run: echo hello } }\n');
  world.write('compose.yaml', 'services: {}\n');
  world.write('bad.yml', 'tasks:\n  a: { run: x, needs: b, retries: many }\n  b: { run: x, needs: a }\n');
  world.write(
    'good.ts',
    "import { flow, z } from 'weir';\nexport default flow({ name: 'typed', schedule: '@daily', params: z.object({ n: z.number().default(3) }) }, async () => 1);\n",
  );
  world.write('bad.ts', "import { flow } from 'weir';\n\nexport default flow(async () => { return 1 +; });\n");
  const { code, stdout, stderr } = await world.weir(['check']);
  expect(code).toBe(2);
  expect(stderr).toContain('4 files, 2 invalid');
  expect(stdout).toContain('bad.yml:2:23: these tasks wait for each other, so none can ever run: a needs b, b needs a');
  expect(stdout).toContain('bad.yml:2:35: tasks.a.retries is the text "many"');
  expect(stdout).toContain('bad.ts:3:');
  expect(stdout).toContain('return 1 +;');
  expect(stdout).toContain('good.yaml: good is valid');
  expect(stdout).toMatch(/typed is valid[\s\S]*n +a number +default 3[\s\S]*known when it runs/);
  const { items } = JSON.parse((await world.weir(['check', '--json'])).stdout) as {
    items: { path: string; valid: boolean; problems: { line: number; column: number }[] }[];
  };
  expect(items.map((item) => [item.path.slice(world.folder.length + 1), item.valid])).toEqual([
    ['bad.ts', false],
    ['bad.yml', false],
    ['good.ts', true],
    ['good.yaml', true],
  ]);
  expect(items[0]?.problems[0]).toMatchObject({ line: 3 });
  expect(items[1]?.problems[0]).toMatchObject({ line: 2, column: 23 });
});

test('a limit that nobody declared is an error, until somebody creates it', async () => {
  const world = weirWorld();
  world.write('flow.yaml', 'tasks: { t: { run: x, occupies: { gpu: 1 } } }\n');
  expect(await world.weir(['check', 'flow.yaml'])).toMatchObject({
    code: 2,
    stdout: expect.stringContaining('nobody declared the limit "gpu"') as string,
  });
  expect((await world.weir(['concurrency-limit', 'create', 'gpu', '1'])).code).toBe(0);
  expect((await world.weir(['check', 'flow.yaml'])).code).toBe(0);
});

test('weir schema flow prints the format for editors, and a mistyped name is told', async () => {
  const world = weirWorld();
  const { code, stdout } = await world.weir(['schema', 'flow']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ type: 'object', required: ['tasks'], additionalProperties: false });
  expect(await world.weir(['schema', 'flwo'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('did you mean flow?') as string,
  });
});

test('what a flow file prints while it is loaded is shown, and with --quiet is not', async () => {
  const world = weirWorld();
  const loud = "console.log('loads'); console.error('loads');\n";
  world.write('flow.ts', `import { flow } from 'weir';\n${loud}export default flow({ name: 'loud' }, () => 7);\n`);
  for (const command of ['check', 'run']) {
    expect((await world.weir([command, 'flow.ts'])).stderr).toContain('loads\nloads\n');
    expect(await world.weir([command, 'flow.ts', '--quiet'])).toMatchObject({ code: 0, stderr: '' });
  }
});

test('a file that is not there, and one that is no flow, are wrong usage', async () => {
  const world = weirWorld();
  world.write('train.py', '');
  world.write('flow.yaml', 'tasks: { t: { run: x } }\n');
  expect(await world.weir(['check', 'flow.yml'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('did you mean flow.yaml?') as string,
  });
  expect((await world.weir(['check', 'train.py'])).code).toBe(2);
});

test('a task that calls a YAML flow is judged with it: by the name that is given, by its errors, by whether it calls back', async () => {
  const world = weirWorld();
  const main = (called: string, more = '') => world.write('main.yaml', `tasks:\n  a: { flow: ${called}${more} }\n`);
  const check = async () => (await world.weir(['check', 'main.yaml'])).stdout;

  world.write('sub.yaml', 'name: nightly\ntasks: { b: { run: echo b } }\n');
  main('./sub.yaml:nope');
  expect(await check()).toContain('main.yaml:2:14: sub.yaml holds no flow "nope"; it holds nightly\n');
  const refused = await world.weir(['run', 'main.yaml']);
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain('sub.yaml holds no flow "nope"; it holds nightly');
  for (const called of ['./sub.yaml:nightly', './sub.yaml', 'nightly']) {
    main(called);
    expect(await check()).toContain('main is valid');
    expect(await world.weir(['run', 'main.yaml'])).toMatchObject({ code: 0 });
  }

  world.write('deep.yaml', 'tasks: { c: { rum: echo c } }\n');
  world.write('sub.yaml', 'tasks: { b: { flow: ./deep.yaml } }\n');
  main('./sub.yaml');
  expect(await check()).toContain('main.yaml:2:14: sub.yaml, which is called, has 1 error\n');
  expect((await world.weir(['check', 'sub.yaml'])).stdout).toMatch(/deep\.yaml, which is called, has \d errors?\n/);

  world.write('sub.yaml', 'tasks: { b: { flow: ./main.yaml } }\n');
  expect(await check()).toContain(
    'main.yaml:2:14: warning: these flows call each other without end: main.yaml -> sub.yaml -> main.yaml',
  );
  main('./sub.yaml', ', if: "${{ run.attempt == 2 }}"');
  expect(await check()).not.toContain('without end');
});
