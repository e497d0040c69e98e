/** The floor under the engine: the same number of rows written by nothing but SQLite, synchronous=FULL. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';

const ROW = {
  name: 'noop',
  state: 'COMPLETED',
  states: '[["PENDING"],["RUNNING"],["COMPLETED"]]',
  result: Buffer.from('j1'),
};

/** Time, ms, to write `rows` in groups. */
export function writeRows(folder: string, rows: number, group: number): number {
  const { database, insert } = open(folder);
  const startedAt = performance.now();
  for (let done = 0; done < rows; done += group) {
    database.exec('begin immediate');
    for (let n = 0; n < group; n++) insert.run(ROW);
    database.exec('commit');
  }
  const took = performance.now() - startedAt;
  database.close();
  return took;
}

/** Time, ms, to write rows one commit each, each asked for by another thread that waits for it. */
export async function writeRowsAwaited(folder: string, rows: number): Promise<number> {
  const { database, insert } = open(folder);
  const asker = `const { parentPort: p } = require('node:worker_threads'); let n = 0;
    p.on('message', () => (n++ < ${rows} ? p.postMessage(n) : p.close())); p.postMessage(n++);`;
  const worker = new Worker(asker, { eval: true });
  await new Promise((resolve) => worker.once('online', resolve));
  const startedAt = performance.now();
  worker.on('message', () => {
    insert.run(ROW);
    worker.postMessage(null);
  });
  await new Promise((resolve) => worker.once('exit', resolve));
  const took = performance.now() - startedAt;
  database.close();
  return took;
}

function open(folder: string) {
  const database = new Database(join(folder, `raw-${performance.now()}.db`));
  database.pragma('page_size = 8192');
  database.pragma('journal_mode = wal');
  database.pragma('synchronous = full');
  database.exec('create table rows (id integer primary key, name text, state text, states text, result blob) strict');
  return {
    database,
    insert: database.prepare('insert into rows (name, state, states, result) values (:name, :state, :states, :result)'),
  };
}
