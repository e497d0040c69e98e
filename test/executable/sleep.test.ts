/** A run that sleeps when its process is killed: what is shown of it, and that its resume waits only for what is left. */
import SqliteDatabase from 'better-sqlite3';
import { expect, test } from 'vitest';
import { waitFor, weirWorld } from '../support/weir.ts';

const HOUR_MS = 3_600_000;

test('a sleep goes on over kill -9: its end stays where it was, and a resume after it passes at once', async () => {
  const world = weirWorld();
  world.write(
    'flow.ts',
    `import { flow, sleep } from 'weir';
     export default flow({ name: 'patient' }, async () => { await sleep('1h'); return 'rested'; });`,
  );
  const ends = () => world.rows<{ until_at: number }>('select until_at from sleeps').map((row) => row.until_at);
  const begun = Date.now();
  const first = world.start(['run', 'flow.ts']);
  await first.until(/sleeping until \d\d/);
  const [end = 0] = await waitFor('the sleep is kept', () => ends().length > 0 && ends());
  expect(end).toBeGreaterThanOrEqual(begun + HOUR_MS);
  expect((await world.weir(['show', '1'])).stdout).toContain(
    `sleeping  until ${new Date(end).toISOString().slice(0, 19).replace('T', ' ')}`,
  );
  first.kill('SIGKILL');
  await first.ended;

  const second = world.start(['resume']);
  await waitFor('the resume is under way', async () => (await world.show(1)).state.name === 'Resuming');
  second.kill('SIGKILL');
  await second.ended;
  expect(ends()).toEqual([end]);

  const database = new SqliteDatabase(world.db);
  database.prepare('update sleeps set until_at = until_at - ?').run(HOUR_MS);
  database.close();
  expect(await world.weir(['resume'])).toMatchObject({ code: 0, stdout: 'rested\n' });
});
