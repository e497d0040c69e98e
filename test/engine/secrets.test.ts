/** Secrets of a database: set, listed, opened for runs; and what is said when one is missing or cannot be opened. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createSecretKeeper } from '../../src/engine/execute/secrets.ts';
import { encode } from '../../src/model/codec.ts';
import { openStore } from '../../src/store/store.ts';
import { RULES } from '../support/flow-rules.ts';

const NOW = 1_000_000;

function world() {
  const folder = mkdtempSync(join(tmpdir(), 'weir-secrets-'));
  const path = join(folder, 'weir.db');
  const store = openStore(path);
  onTestFinished(async () => {
    await store.writer.stop();
    store.close();
    rmSync(folder, { recursive: true });
  });
  const keeper = (keyFile = join(folder, 'weir.key')) => createSecretKeeper({ store, keyFile, now: () => NOW });
  const runId = store.flowRuns.insert({
    ...{
      flow: 'nightly',
      name: null,
      deploymentId: null,
      path: 'f.ts',
      entry: 'default',
      codeHash: null,
      version: null,
    },
    ...{
      options: RULES,
      params: encode({}),
      tags: [],
    },
    ...({ trigger: 'cli', infrastructure: 'thread', idempotencyKey: null, scheduleId: null, slotAt: null } as const),
    ...{ slotStartAt: null, slotCoversFrom: null, scheduledAt: NOW, ownerId: null, token: null },
    state: { type: 'SCHEDULED', name: 'Scheduled', message: null, at: NOW },
  });
  const count = () => Number(store.database.prepare('select count(*) from secrets').pluck().get());
  return { folder, path, store, keeper, secrets: keeper(), runId, count };
}

test('a secret is opened as it was set, and the file holds nothing of it', async () => {
  const { secrets, runId, path } = world();
  const value = 'line one\nsecond "line" of pässword';
  expect(await secrets.set('DB_PASSWORD', value)).toEqual({ isNew: true, isNewKey: true, lost: [] });
  expect([...(await secrets.open(runId, ['DB_PASSWORD']))]).toEqual([['DB_PASSWORD', value]]);
  expect(secrets.list()).toEqual([{ name: 'DB_PASSWORD', setAt: NOW, problem: null }]);
  for (const file of [path, `${path}-wal`]) expect(readFileSync(file).includes('second')).toBe(false);
});

test('a value that was replaced is kept for the runs that got it, and for nobody else', async () => {
  const { secrets, runId, count } = world();
  await secrets.set('TOKEN', 'first value');
  await secrets.set('TOKEN', 'second value');
  expect(count()).toBe(1);
  await secrets.open(runId, ['TOKEN']);
  expect(await secrets.set('TOKEN', 'third value')).toMatchObject({ isNew: false });
  expect(count()).toBe(2);
  await secrets.open(runId, ['TOKEN']);
  expect(secrets.ofRun(runId).sort()).toEqual(['second value', 'third value']);
  await secrets.unset('TOKEN');
  expect(secrets.list()).toEqual([]);
  await expect(secrets.open(runId, ['TOKEN'])).rejects.toThrow('there is no secret TOKEN');
  expect(secrets.ofRun(runId)).toHaveLength(2);
});

test('a missing secret is told with the command that sets it, or the name that was meant', async () => {
  const { secrets, runId } = world();
  await expect(secrets.open(runId, ['DB_PASSWORD'])).rejects.toMatchObject({
    message: 'there is no secret DB_PASSWORD: set it with: weir secret set DB_PASSWORD',
  });
  await secrets.set('DB_PASSWORD', 'long enough');
  await expect(secrets.open(runId, ['DB_PASWORD'])).rejects.toThrow(/\(did you mean DB_PASSWORD\?\): set it with/);
  await expect(secrets.unset('db_password')).rejects.toMatchObject({ hint: /did you mean DB_PASSWORD/ });
});

test('without the key that it was sealed with, a secret is named with what to do', async () => {
  const { secrets, keeper, runId, folder } = world();
  await secrets.set('TOKEN', 'of the first machine');
  rmSync(join(folder, 'weir.key'));
  await expect(secrets.open(runId, ['TOKEN'])).rejects.toMatchObject({
    message: `the secret TOKEN cannot be opened, because its key is missing at ${join(folder, 'weir.key')}: put that file back, or set the secret again with: weir secret set TOKEN`,
  });
  expect(secrets.list()).toMatchObject([{ name: 'TOKEN', problem: /key is missing/ }]);
  const second = keeper(join(folder, 'second.key'));
  expect(await second.set('OTHER', 'of the second machine')).toEqual({ isNew: true, isNewKey: true, lost: ['TOKEN'] });
  await expect(second.open(runId, ['OTHER', 'TOKEN'])).rejects.toMatchObject({
    message: `the secret TOKEN cannot be opened, because it was sealed with another key than that in ${join(folder, 'second.key')}: set it again with: weir secret set TOKEN`,
  });
  expect(second.list()).toMatchObject([
    { name: 'OTHER', problem: null },
    { name: 'TOKEN', problem: /another key/ },
  ]);
  expect(await second.set('TOKEN', 'again')).toEqual({ isNew: false, isNewKey: false, lost: [] });
});

test('names that no environment variable has, and values that none can hold, are refused without being told', async () => {
  const { secrets, count } = world();
  for (const name of ['', '2FA', 'DB-PASSWORD', 'TOKEN=hunter2', 'a b', 'WEIR_DB', 'é'])
    await expect(secrets.set(name, 'value')).rejects.toMatchObject({
      code: 'usage',
      message: expect.not.stringContaining('hunter2'),
    });
  for (const value of ['', ' \n', 'hunter2\0', `hunter2${'x'.repeat(50_000)}`])
    await expect(secrets.set('TOKEN', value)).rejects.toMatchObject({
      code: 'usage',
      message: expect.not.stringContaining('hunter2'),
    });
  expect(count()).toBe(0);
});
