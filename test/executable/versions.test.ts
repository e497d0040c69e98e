/** F10: two versions of Weir on one file: nobody changes the schema under a living process that knows only the former. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { expect, test } from 'vitest';
import { root } from '../support/prepare.mjs';
import { weirWorld } from '../support/weir.ts';

const FLOW = "import { flow } from 'weir';\nexport default flow({ name: 'good' }, async () => 'done');\n";

test('F10 a file of an older schema is left as it is while a process of the older Weir lives (exit code 7), then upgraded', async () => {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  world.write('data/note', '');
  const initial = readFileSync(join(root, 'migrations', '0001_initial.sql'), 'utf8');
  const database = new SqliteDatabase(world.db);
  database.pragma('journal_mode = wal');
  database.exec(`${initial}; pragma user_version = 1`);
  database.exec(`insert into processes (boot_id, role, pid, host, version, started_at)
    values ('older', 'server', 4711, 'elsewhere', '0.0.9', 0)`);
  mkdirSync(`${world.db}.files/locks`, { recursive: true });
  const life = new SqliteDatabase(`${world.db}.files/locks/older.lock`);
  life.pragma('journal_mode = memory');
  life.exec('begin exclusive');

  for (const args of [['run', 'flow.ts'], ['runs'], ['resume'], ['up', '.', '--port', '0']]) {
    const { code, stdout, stderr } = await world.weir(args);
    expect({ code, stdout }, stderr).toEqual({ code: 7, stdout: '' });
    expect(stderr).toContain(`${world.db} is in use by a server of Weir 0.0.9 (pid 4711 on elsewhere)`);
    expect(stderr).toContain('kill 4711');
  }
  expect(database.pragma('user_version', { simple: true })).toBe(1);
  expect(existsSync(`${world.db}.before-schema-2`)).toBe(false);
  database.close();

  life.close();
  expect(await world.weir(['run', 'flow.ts'])).toMatchObject({ code: 0, stdout: 'done\n' });
  expect(world.rows<{ user_version: number }>('pragma user_version')[0]?.user_version).toBeGreaterThan(1);
  expect(existsSync(`${world.db}.before-schema-2`)).toBe(true);
  expect(world.rows("select ended_why as why from processes where boot_id = 'older'")).toEqual([{ why: 'died' }]);
});
