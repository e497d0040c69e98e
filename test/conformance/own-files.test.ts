/** F25: user code that opens Weir's own files is refused, however it goes about it; everything else is left alone. */
import { linkSync, mkdirSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { HOST_KINDS } from '../../src/model/message.ts';
import { engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

const TRY = `
  import fs from 'node:fs';
  import * as all from 'fs';
  import { readFile } from 'node:fs/promises';
  import { createRequire } from 'node:module';
  import { promisify } from 'node:util';
  import { pathToFileURL } from 'node:url';
  import { DatabaseSync, backup } from 'node:sqlite';
  const require = createRequire(import.meta.url);
  const tried = async (work) => { try { await work(); return 'done'; } catch (error) { return error.message; } };
  const streamed = (stream) => new Promise((resolve, reject) => stream.on('error', reject).on('close', resolve).resume?.());
  const attach = (sql, ...values) => { const db = new DatabaseSync(':memory:'); return values.length === 0 ? db.exec(sql) : db.prepare(sql).run(...values); };
  const each = async (attempts) => {
    const told = {};
    for (const [name, work] of Object.entries(attempts)) told[name] = await tried(work);
    return told;
  };`;

describe.each(HOST_KINDS)('F25 in a %s host', (infrastructure) => {
  it('is refused by every form of fs and by node:sqlite, with a sentence', async () => {
    mkdirSync(join(world.folder, 'inner'));
    symlinkSync(join(world.folder, 'weir.db'), join(world.folder, 'inner', 'link'));
    symlinkSync(world.folder, join(world.folder, 'inner', 'up'));
    linkSync(join(world.folder, 'weir.db'), join(world.folder, 'inner', 'hard'));
    const locks = join(world.folder, 'weir.files', 'locks');
    const run = await world.runFlow(
      `${TRY}
      const all_ = task({ name: 'all' }, async () => {
        const dir = context().dir;
        const db = dir + '/weir.db';
        const lockFolder = fs.readdirSync(dir, { recursive: true }).filter((name) => name.endsWith('.lock')).map((name) => dir + '/' + name);
        return each({
          readFileSync: () => fs.readFileSync(db),
          readFile: () => promisify(all.readFile)(db),
          promises: () => readFile(db),
          'fs.promises.open': () => fs.promises.open(db, 'r+'),
          openSync: () => fs.openSync(db, 'r'),
          open: () => promisify(fs.open)(db, 'r'),
          require: () => require('fs').readFileSync(db),
          getBuiltinModule: () => process.getBuiltinModule('fs').readFileSync(db),
          createReadStream: () => streamed(fs.createReadStream(db)),
          createWriteStream: () => streamed(fs.createWriteStream(db, { flags: 'a' })),
          writeFileSync: () => fs.writeFileSync(db, ''),
          appendFileSync: () => fs.appendFileSync(db, ''),
          truncateSync: () => fs.truncateSync(db),
          copyFileSync: () => fs.copyFileSync(db, dir + '/copy'),
          'copyFile onto it': () => fs.promises.copyFile(dir + '/flow.ts', db),
          cpSync: () => fs.cpSync(db, dir + '/copy'),
          'cp of its folder': () => fs.promises.cp(dir, '/tmp/weir-never', { recursive: true }),
          'rm of its folder': () => fs.rmSync(dir, { recursive: true }),
          renameSync: () => fs.renameSync(db, dir + '/other'),
          unlink: () => fs.promises.unlink(db),
          linkSync: () => fs.linkSync(db, dir + '/other'),
          openAsBlob: () => fs.openAsBlob(db),
          wal: () => fs.readFileSync(db + '-wal'),
          shm: () => fs.readFileSync(db + '-shm'),
          lock: () => fs.readFileSync(lockFolder[0]),
          symlink: () => fs.readFileSync(dir + '/inner/link'),
          'folder link': () => fs.readFileSync(dir + '/inner/up/weir.db'),
          'hard link': () => fs.readFileSync(dir + '/inner/hard'),
          dots: () => fs.readFileSync(dir + '/inner/../inner/.././weir.db'),
          url: () => fs.readFileSync(pathToFileURL(db)),
          buffer: () => fs.readFileSync(Buffer.from(db)),
          DatabaseSync: () => new DatabaseSync(db),
          readOnly: () => new DatabaseSync(db, { readOnly: true }),
          'file address': () => new DatabaseSync('file:' + db + '?mode=ro'),
          'opened later': () => new DatabaseSync(db, { open: false }).open(),
          attach: () => attach("attach '" + db + "' as weir"),
          'attach ?': () => attach('attach ? as weir', db),
          'attach an expression': () => attach("attach '" + dir + "' || '/weir.db' as weir"),
          'vacuum into': () => attach("vacuum into '" + db + "'"),
          backup: () => backup(new DatabaseSync(':memory:'), db),
        });
      });
      export default flow(async () => all_());`,
      { infrastructure },
    );
    const told = run.value as Record<string, string>;
    expect(run.state.name).toBe('Completed');
    const isRefused = (sentence: string) => /a file of Weir's own|so that Weir cannot see which/.test(sentence);
    expect(Object.entries(told).filter(([, sentence]) => !isRefused(sentence))).toEqual([]);
    expect(Object.keys(told)).toHaveLength(40);
    expect(basename(locks)).toBe('locks');
  });

  it('leaves every other file alone, and databases of its own', async () => {
    const run = await world.runFlow(
      `${TRY}
      const all_ = task({ name: 'all' }, async () => {
        const mine = context().dir + '/mine.db';
        const db = new DatabaseSync(mine);
        db.exec('create table t (n integer); insert into t values (7)');
        return { ...(await each({
          write: () => fs.writeFileSync(context().dir + '/a.txt', 'a'),
          stream: () => streamed(fs.createReadStream(context().dir + '/a.txt')),
          copy: () => fs.promises.copyFile(context().dir + '/a.txt', context().dir + '/b.lock'),
          rename: () => fs.renameSync(context().dir + '/b.lock', context().dir + '/c.txt'),
          rm: () => fs.promises.rm(context().dir + '/c.txt'),
          folder: () => { fs.mkdirSync(context().dir + '/x/y', { recursive: true }); fs.cpSync(context().dir + '/x', context().dir + '/z', { recursive: true }); fs.rmSync(context().dir + '/x', { recursive: true }); },
          stat: () => fs.statSync(context().dir + '/weir.db'),
          attach: () => attach("attach '" + mine + "' as mine"),
          'attach ?': () => attach('attach ? as mine', mine),
        })), n: db.prepare('select n from t').get().n, env: process.env.WEIR_DB ?? null, data: Object.keys(require('node:worker_threads').workerData).includes('own') };
      });
      export default flow(async () => all_());`,
      { infrastructure },
    );
    expect(run.value).toEqual({
      ...{ write: 'done', stream: 'done', copy: 'done', rename: 'done', rm: 'done', folder: 'done', stat: 'done' },
      ...{ attach: 'done', 'attach ?': 'done', n: 7, env: null, data: false },
    });
  });
});

it('F25 holds on threads of the parallel task runner, and while a file is loaded', async () => {
  const run = await world.runFlow(`
    import { readFileSync as read } from 'node:fs';
    let early = 'read';
    try { read(${JSON.stringify(join(world.folder, 'weir.db'))}); } catch (error) { early = error.message; }
    const look = task({ name: 'look' }, () => { try { read(context().dir + '/weir.db'); return 'read'; } catch (error) { return error.message; } });
    export default flow({ runner: 'parallel' }, async () => [early, await look()]);`);
  expect(run.error).toBeNull();
  const sentence = expect.stringContaining("a file of Weir's own") as string;
  expect(run.value).toEqual([sentence, sentence]);
});
