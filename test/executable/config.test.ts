/** Settings: which value counts, where it comes from, and what is said of a wrong one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { weirWorld } from '../support/weir.ts';

interface ConfigJson {
  readonly file: string | null;
  readonly items: readonly { name: string; value: string | null; source: { kind: string; line?: number } }[];
}

test('a flag counts before the environment, that before the file, and the file before the default', async () => {
  const world = weirWorld();
  world.write('weir.config.yaml', 'port: 4300 # mine\nlimit: 3\ndb: other.db\ntz: Asia/Tokyo\n');
  const view = async (args: readonly string[], env: Record<string, string | undefined>) => {
    const { items } = await world.json<ConfigJson>(['config', 'view', ...args], { env });
    return Object.fromEntries(items.map(({ name, value, source }) => [name, [value, source.kind]]));
  };
  expect(await view(['--db', 'flag.db'], { WEIR_PORT: '4400' })).toMatchObject({
    db: [join(world.folder, 'flag.db'), 'flag'],
    port: ['4400', 'environment'],
    limit: ['3', 'file'],
    drain: ['30s', 'default'],
    tz: ['Asia/Tokyo', 'file'],
  });
  expect(await view([], { WEIR_DB: undefined })).toMatchObject({ db: [join(world.folder, 'other.db'), 'file'] });
  world.write('below/flow.ts', "import { flow } from 'weir';\nexport default flow(async () => 1);\n");
  await world.weir(['run', '--quiet'], { cwd: join(world.folder, 'below'), env: { WEIR_DB: undefined } });
  const shown = await world.json<{ start_time: string }>(['show', '--db', 'other.db']);
  expect(shown.start_time).toMatch(/\+09:00$/);
});

test('set and unset keep the rest of the file; a wrong value is refused before anything is written', async () => {
  const world = weirWorld();
  const path = world.write('weir.config.yaml', '# our server\nlimit: 3\n');
  expect(await world.weir(['config', 'set', 'port', '4300'])).toMatchObject({ code: 0 });
  expect(readFileSync(path, 'utf8')).toBe('# our server\nlimit: 3\nport: 4300\n');
  expect(await world.weir(['config', 'unset', 'port'])).toMatchObject({ code: 0 });
  expect(readFileSync(path, 'utf8')).toBe('# our server\nlimit: 3\n');
  for (const [args, says] of [
    [['prot', '1'], 'did you mean port?'],
    [['port', '99999'], 'whole number from 0 to 65535'],
    [['drain', '10'], '10 what?'],
    [['tz', 'Mars'], 'not a known time zone'],
  ] as const) {
    const refused = await world.weir(['config', 'set', ...args]);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(says);
  }
  expect(readFileSync(path, 'utf8')).toBe('# our server\nlimit: 3\n');
});

test('a broken file is told with file, line and what was meant, and no command runs with half of it', async () => {
  const world = weirWorld();
  const path = world.write('weir.config.yaml', 'limit: 3\nprot: 1\ndrain: 10\n');
  const { code, stderr } = await world.weir(['config', 'validate']);
  expect(code).toBe(2);
  expect(stderr).toContain(`${path}:2:1: there is no setting "prot"`);
  expect(stderr).toContain('did you mean port?');
  expect(stderr).toContain(`${path}:3:8: drain: 10 what?`);
  const refused = await world.weir(['runs']);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain(`${path}:2:1`);
  world.write('weir.config.yaml', 'port: [1\n');
  expect((await world.weir(['config', 'validate'])).stderr).toContain(`${path}:`);
  world.write('weir.config.yaml', '');
  expect(await world.weir(['config', 'validate'])).toMatchObject({ code: 0 });
});
