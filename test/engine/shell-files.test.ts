import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { HandedFile } from '../../src/model/handed-file.ts';
import { engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

/** Fails once the model is made, unless there is a file "go". */
const CHAIN = `export default flow({ name: 'f' }, async () => {
  const { files } = await sh({ name: 'train', files: { model: 'out/model.pkl' } })\`mkdir -p out; echo trained >> count; cat seed > out/model.pkl\`;
  const { stdout } = await sh({ name: 'evaluate' })\`cat \${files.model}\`;
  await sh({ name: 'last' })\`test -e go\`;
  return { files, stdout };
});`;

/** Weir keeps it read-only. */
function rewrite(path: string): void {
  chmodSync(path, 0o600);
  writeFileSync(path, 'altered');
}

const fileOf = (result: unknown): HandedFile => (result as { files: { model: HandedFile } }).files.model;

describe('a file that a command hands on', () => {
  it('E72: is kept by its content under its own name, and reaches later tasks as a path', async () => {
    world.write('seed', 'weights');
    world.write('go', '');
    const run = await world.runFlow(CHAIN);
    const file = fileOf(run.result);
    expect(run.result).toMatchObject({ stdout: 'weights' });
    expect(basename(file.path)).toBe('model.pkl');
    expect(file.size).toBe(7);
    expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
    // The task's own file may be overwritten, in place, too: the copy is another.
    writeFileSync(`${world.folder}/out/model.pkl`, 'others');
    expect(readFileSync(file.path, 'utf8')).toBe('weights');
    expect(statSync(file.path).mode & 0o222).toBe(0);
    expect(run.task('evaluate').upstream).toEqual([run.task('train').id]);
  });

  it('is the same input while its content is the same: tasks that got it are reused in a retry', async () => {
    world.write('seed', 'weights');
    const first = await world.runFlow(CHAIN);
    expect(first.state.type).toBe('FAILED');
    world.write('go', '');
    const second = await world.retry(first.id);
    expect(second.state.type).toBe('COMPLETED');
    expect(['train', 'evaluate', 'last'].map((name) => second.task(name).why)).toEqual([
      'reused from attempt 1',
      'reused from attempt 1',
      'ran again: failed before',
    ]);
    expect(world.lines('count')).toHaveLength(1);
  });

  it.each([
    ['was changed', rewrite],
    ['is gone', (path: string) => rmSync(path)],
  ])('that %s stands for nothing: its task runs again, and says so', async (what, damage) => {
    world.write('seed', 'weights');
    const first = await world.runFlow(CHAIN);
    const { value } = first;
    expect(value).toBeUndefined();
    const kept = world.engine.store.taskRuns.ofRun(first.id).find((row) => row.name === 'train');
    damage(fileOf((await decoded(kept?.result)) as object).path);
    world.write('go', '');
    const second = await world.retry(first.id);
    expect(second.state.type).toBe('COMPLETED');
    expect(second.task('train').why).toBe(`ran again: the file "model" that it handed on ${what}`);
    expect(second.task('evaluate').why).toBe('reused from attempt 1');
    expect(readFileSync(fileOf(second.result).path, 'utf8')).toBe('weights');
  });

  it('of another content is another input', async () => {
    world.write('seed', 'weights');
    const first = await world.runFlow(CHAIN);
    world.write('go', '');
    world.write('seed', 'better');
    const second = await world.retry(first.id, { from: 'train' });
    expect(second.result).toMatchObject({ stdout: 'better' });
    expect(fileOf(second.result).sha256).not.toBe(
      fileOf(await decoded(first.rows.find((row) => row.name === 'train')?.result)).sha256,
    );
  });

  it('serves a cached call of another run only while it is as it was', async () => {
    const source = `export default flow({ name: 'f' }, async () => sh({ name: 'train', cache: { key: 'inputs' }, files: { model: 'm.txt' } })\`echo x >> count; echo w > m.txt\`);`;
    await world.runFlow(source);
    const second = await world.runFlow(source);
    expect(second.task('train').state.name).toBe('Cached');
    rmSync(fileOf(second.result).path);
    const third = await world.runFlow(source);
    expect(third.task('train').state.name).toBe('Completed');
    expect(third.texts().join()).toContain('the file "model" that it handed on is gone');
    expect((await world.runFlow(source)).task('train').state.name).toBe('Cached');
    expect(world.lines('count')).toHaveLength(2);
  });

  it.each([
    ['was never made', 'true', 'has left none: there is no'],
    ['is a folder', 'mkdir model.pkl', 'is a folder'],
    ['is a pipe', 'mkfifo model.pkl', 'is no plain file'],
  ])('but %s fails the task in a sentence', async (_what, script, sentence) => {
    const run = await world.runFlow(
      `export default flow(async () => { await sh({ files: { model: 'model.pkl' } })\`${script}\`; });`,
    );
    expect(run.state.type).toBe('FAILED');
    expect(run.error?.message).toContain('"model"');
    expect(run.error?.message).toContain(sentence);
    expect(run.error?.message).toContain(`${world.folder}/model.pkl`);
  });

  it('is never the database itself', async () => {
    const run = await world.runFlow(
      "export default flow(async () => { await sh({ files: { db: 'weir.db' } })`true`; });",
    );
    expect(run.state.type).toBe('FAILED');
    expect(run.error?.message).toContain("Weir's own database");
  });
});

async function decoded(bytes: Uint8Array | null | undefined): Promise<unknown> {
  const { decode } = await import('../../src/model/codec.ts');
  return bytes ? decode(bytes) : null;
}
