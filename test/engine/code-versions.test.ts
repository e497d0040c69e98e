import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { encode } from '../../src/model/codec.ts';
import { engineWorld, type GoingRun, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

/** A flow that says which version it is, from a module and a JSON file beside it; its second task waits for a file. */
const versioned = (version: string) => ({
  'flow.ts': `import { version } from './parts/version';
    import { appendFileSync, existsSync } from 'node:fs';
    import { context, flow, task } from 'weir';
    const first = task({ name: 'first' }, async () => '${version}');
    const wait = task({ name: 'wait' }, async () => {
      appendFileSync(context().dir + '/notes', '${version}\\n');
      while (!existsSync(context().dir + '/go')) await new Promise((done) => setTimeout(done, 5));
      return '${version}';
    });
    export default flow({ name: 'versioned' }, async () => {
      const early = await first();
      const late = await wait();
      const { extra } = await import('./parts/extra.ts');
      return [version, early, late, extra];
    });`,
  'parts/version.ts': `import json from './version.json' with { type: 'json' };
    export const version: string = '${version}' + json.version;`,
  'parts/version.json': JSON.stringify({ version }),
  'parts/extra.ts': `export const extra: string = '${version}';`,
});

function writeAll(version: string, folder = '.'): string {
  for (const [name, text] of Object.entries(versioned(version))) world.write(join(folder, name), text);
  return join(world.folder, folder, 'flow.ts');
}

/** Begins the run and takes it from its host while its second task waits, as the end of the process does. */
async function interrupted(path: string): Promise<GoingRun> {
  const run = await world.startFile(path);
  await run.until((event) => event.kind === 'task-state' && event.task.name === 'wait' && event.task.startAt !== null);
  await world.restart();
  return run;
}

describe('a run that is resumed', () => {
  it('goes on with the code it began with, though every file has changed since', async () => {
    const { id } = await interrupted(writeAll('old'));
    writeAll('new');
    world.write('go', '');
    const run = await world.resume(id);
    expect(run.value).toEqual(['oldold', 'old', 'old', 'new']);
    expect(run.task('first').why).toBe('reused from attempt 1');
    expect(run.state.name).toBe('Completed');
  });

  it('needs no file of its project any more', async () => {
    const { id } = await interrupted(writeAll('old', 'project'));
    rmSync(join(world.folder, 'project/parts'), { recursive: true });
    rmSync(join(world.folder, 'project/flow.ts'));
    world.write('project/go', '');
    world.write('project/parts/extra.ts', "export const extra = 'still there';");
    expect((await world.resume(id)).value).toEqual(['oldold', 'old', 'old', 'still there']);
  });

  it('is not broken by a flow file that is broken now', async () => {
    const { id } = await interrupted(writeAll('old'));
    world.write('flow.ts', 'export default flow({ name: ');
    world.write('go', '');
    expect((await world.resume(id)).state.name).toBe('Completed');
  });

  it('stays in the release it began in when a link to the current one leads elsewhere', async () => {
    writeAll('old', 'releases/1');
    writeAll('new', 'releases/2');
    const current = join(world.folder, 'current');
    symlinkSync(join(world.folder, 'releases/1'), current);
    const { id } = await interrupted(join(current, 'flow.ts'));
    rmSync(current);
    symlinkSync(join(world.folder, 'releases/2'), current);
    for (const release of ['1', '2']) world.write(`releases/${release}/go`, '');
    expect((await world.resume(id)).value).toEqual(['oldold', 'old', 'old', 'old']);
  });

  it('finds on another thread of the parallel runner the code it began with', async () => {
    const parallel = (version: string) => `import { appendFileSync, existsSync } from 'node:fs';
      import { context, flow, task } from 'weir';
      const wait = task({ name: 'wait' }, async () => {
        while (!existsSync(context().dir + '/go')) await new Promise((done) => setTimeout(done, 5));
        return '${version}';
      });
      export default flow({ name: 'parallel', runner: 'parallel' }, async () => wait());`;
    const { id } = await interrupted(world.write('flow.ts', parallel('old')));
    world.write('flow.ts', parallel('new'));
    world.write('go', '');
    expect((await world.resume(id)).value).toBe('old');
  });
});

describe('a code version', () => {
  it('is kept once, however many runs begin with it, and never holds packages', async () => {
    mkdirSync(join(world.folder, 'node_modules/shared'), { recursive: true });
    writeFileSync(
      join(world.folder, 'node_modules/shared/package.json'),
      '{"name":"shared","type":"module","exports":"./index.js"}',
    );
    writeFileSync(join(world.folder, 'node_modules/shared/index.js'), 'export const shared = 1;');
    const source = `import { flow } from 'weir'; import { shared } from 'shared'; export default flow({ name: 'one' }, async () => shared);`;
    const path = world.write('flow.ts', source);
    for (const loadAgain of [false, true]) expect((await world.runFile(path, { loadAgain })).value).toBe(1);
    const versions = world.engine.store.database.prepare('select hash, files from code_versions').all() as {
      hash: string;
      files: Uint8Array;
    }[];
    expect(versions).toHaveLength(1);
    expect(world.engine.store.flowRuns.byId(2)?.codeHash).toBe(versions[0]?.hash);
    expect(JSON.parse(Buffer.from(versions[0]?.files ?? []).toString())).toEqual({
      files: [[path, source]],
      imports: [[`file://${path}`, `file://${path}`]],
    });
  });

  it('of a run that waited for a server is what lay on disk when it began', async () => {
    const path = writeAll('old');
    const { store } = world.engine;
    const [flow] = await world.engine.pool.describe(path);
    if (flow === undefined) throw new Error('no flow');
    const ids = await store.writer.write(() =>
      [1, 2].map(() =>
        store.flowRuns.insert({
          flow: flow.name,
          name: null,
          deploymentId: null,
          path,
          entry: flow.entry,
          codeHash: null,
          version: null,
          options: flow.options,
          params: encode({}, 'params'),
          tags: [],
          trigger: 'schedule',
          infrastructure: 'thread',
          idempotencyKey: null,
          scheduleId: null,
          slotAt: null,
          slotStartAt: null,
          slotCoversFrom: null,
          state: { type: 'SCHEDULED', name: 'Scheduled', message: null, at: 0 },
          scheduledAt: 0,
          ownerId: null,
          token: null,
        }),
      ),
    );
    writeAll('new');
    world.write('go', '');
    for (const id of ids) expect((await world.resume(id)).value).toEqual(['newnew', 'new', 'new', 'new']);
    const [first, second] = ids.map((id) => store.flowRuns.byId(id)?.codeHash);
    expect(first).toBe(second);
    expect(store.codeVersions.has(first ?? '')).toBe(true);
  });

  it('takes in what a run imports later, so that a resume finds it unchanged', async () => {
    const path = world.write(
      'flow.ts',
      `import { existsSync } from 'node:fs';
      import { context, flow, task } from 'weir';
      const wait = task({ name: 'wait' }, async () => {
        while (!existsSync(context().dir + '/go')) await new Promise((done) => setTimeout(done, 5));
      });
      export default flow({ name: 'late' }, async () => {
        const { late } = await import('./late.ts');
        await wait();
        return late;
      });`,
    );
    world.write('late.ts', "export const late: string = 'old';");
    const { id } = await interrupted(path);
    renameSync(join(world.folder, 'late.ts'), join(world.folder, 'elsewhere.ts'));
    world.write('go', '');
    expect((await world.resume(id)).value).toBe('old');
  });

  it('of many files is kept deflated', async () => {
    const path = world.write(
      'flow.ts',
      `import { flow } from 'weir'; ${'// a long remark\n'.repeat(20_000)} export default flow({ name: 'long', retries: 1 }, async () => {
        const { context } = await import('weir');
        if (context().attempt === 1) throw new Error('again');
        return 'done';
      });`,
    );
    expect((await world.runFile(path)).value).toBe('done');
    const size = world.engine.store.database.prepare('select length(files) from code_versions').pluck().get();
    expect(size).toBeLessThan(20_000);
  });
});

describe('a YAML file', () => {
  const latin = (text: string) => Buffer.from(text, 'latin1');

  it('whose bytes are no UTF-8 is refused where it would run, itself or called, as weir check refuses it', async () => {
    const told = /latin\.yaml:2:28: the file is not UTF-8/;
    const called = join(world.folder, 'latin.yaml');
    writeFileSync(called, latin('name: latin\ntasks: { t: { run: "cp donn\u00e9es.csv out" } }\n'));
    await expect(world.engine.pool.describe(called)).rejects.toThrow(told);
    const calling = world.write('calling.yaml', 'tasks: { a: { flow: ./latin.yaml } }\n');
    await expect(world.engine.pool.describe(calling)).rejects.toThrow(told);
  });

  it('may hold the character that stands for bytes that are none', async () => {
    const path = world.write(
      'told.yaml',
      'name: told\ntasks: { t: { run: "test \uFFFD = $\'\\\\xef\\\\xbf\\\\xbd\'" } }\n',
    );
    expect((await world.runFile(path)).state).toMatchObject({ type: 'COMPLETED' });
  });
});
