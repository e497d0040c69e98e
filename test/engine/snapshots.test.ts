import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { carryOut, planDeploy } from '../../src/engine/deploy/deploy.ts';
import { collectSnapshot } from '../../src/engine/deploy/snapshots.ts';
import { schedulerOf } from '../../src/engine/server.ts';
import { runOfDeployment } from '../../src/engine/verbs/deployment-run.ts';
import type { DeploymentRow } from '../../src/store/deployments.ts';
import { type EndedRun, engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

const FLOW = `
name: report
tasks:
  clean: { run: python3 scripts/clean.py }
  send: { needs: clean, run: ./send }
`;

function project(version: string): string {
  world.write('p/scripts/features.py', `VERSION = '${version}'\n`);
  world.write(
    'p/scripts/clean.py',
    `from features import VERSION\nprint('clean ' + VERSION)\nopen('left', 'w').write(VERSION)\n`,
  );
  chmodSync(world.write('p/send', `#!/bin/sh\necho send ${version} $(cat left)\n`), 0o755);
  return world.write('p/flow.yaml', FLOW);
}

async function deploy(path: string, include: readonly string[] = []): Promise<DeploymentRow> {
  const { engine } = world;
  const { store } = engine;
  const [flow] = await engine.pool.describe(path);
  if (flow === undefined) throw new Error('no flow');
  const overrides = { storage: 'snapshot', include } as const;
  const request = { path, flow, name: 'default', overrides };
  const snapshot = collectSnapshot(store, request);
  const plan = planDeploy(store, { ...request, origin: 'apply', snapshot }, engine.now());
  const { answerDue } = schedulerOf(engine, () => {});
  return store.writer.write(() => carryOut({ ...engine, answerDue }, plan));
}

function enqueue(deployment: DeploymentRow): Promise<number> {
  const { store, now } = world.engine;
  return store.writer.write(() =>
    store.flowRuns.insert({
      ...runOfDeployment(deployment),
      ...{
        trigger: 'cli',
        idempotencyKey: null,
        scheduleId: null,
        slotAt: null,
        slotStartAt: null,
        slotCoversFrom: null,
      },
      ...{ state: { type: 'SCHEDULED', name: 'Scheduled', message: null, at: now() }, scheduledAt: now() },
      ...{ ownerId: null, token: null },
    }),
  );
}

const run = async (deployment: DeploymentRow): Promise<EndedRun> => world.resume(await enqueue(deployment));
const filesOf = ({ snapshotHash }: DeploymentRow) =>
  world.engine.store.snapshots.manifestOf(snapshotHash ?? '')?.files.map(({ path }) => path);
const copies = () => {
  const { copiesFolder } = world.engine.store;
  return existsSync(copiesFolder) ? readdirSync(copiesFolder) : [];
};

describe('a deployment that is kept as a snapshot', () => {
  it('runs the scripts that it was deployed with, though they were edited, and then the folder removed', async () => {
    const deployment = await deploy(project('one'));
    expect(filesOf(deployment)).toEqual(['flow.yaml', 'scripts/clean.py', 'scripts/features.py', 'send']);
    project('two');
    expect((await run(deployment)).texts().join('')).toMatch(/clean one[\s\S]*send one one/);
    expect(existsSync(join(world.folder, 'p/left'))).toBe(false);
    rmSync(join(world.folder, 'p'), { recursive: true });
    const gone = await run(deployment);
    expect(gone.state.name).toBe('Completed');
    expect(gone.texts().join('')).toMatch(/send one one/);
    await expect.poll(copies).toEqual([]);
  });

  it('gives a run that is retried what is deployed then, with what its finished tasks have left', async () => {
    project('one');
    chmodSync(world.write('p/send', '#!/bin/sh\nexit 3\n'), 0o755);
    const failed = await run(await deploy(join(world.folder, 'p/flow.yaml')));
    expect(failed.state.name).toBe('Failed');
    expect(copies()).toEqual([String(failed.id)]);
    chmodSync(world.write('p/send', '#!/bin/sh\necho sent $(cat left)\n'), 0o755);
    expect((await world.retry(failed.id)).state.name).toBe('Failed');
    await deploy(join(world.folder, 'p/flow.yaml'));
    const retried = await world.retry(failed.id);
    expect(retried.texts('send').join('')).toContain('sent one');
    expect(retried.task('clean').why).toBe('reused from attempt 1');
  });

  it('finds its folder, what it lists and its modules in the copy, also from TypeScript and in a subflow', async () => {
    world.write('p/data/rows.csv', 'a,b\n');
    world.write('p/parts/name.ts', "export const name: string = 'first';");
    const path = world.writeFlow(
      `import { name } from './parts/name';
      const read = flow({ name: 'read' }, async () => readFileSync(join(context().dir, 'data/rows.csv'), 'utf8').trim());
      export default flow({ name: 'reads' }, async () => [name, await read(), (await sh\`cat data/rows.csv\`).stdout.trim()]);`,
      'p/flow.ts',
    );
    const deployment = await deploy(path, ['data']);
    expect(filesOf(deployment)).toEqual(['data/rows.csv', 'flow.ts', 'parts/name.ts']);
    rmSync(join(world.folder, 'p'), { recursive: true });
    expect((await run(deployment)).value).toEqual(['first', 'a,b', 'a,b']);
  });

  it('never takes in secrets, environments, packages and caches, and says so where they are listed', async () => {
    for (const name of [
      '.env',
      '.env.local',
      'envs/mine/pyvenv.cfg',
      'envs/mine/lib.py',
      'node_modules/a/index.js',
      '__pycache__/x.pyc',
      '.git/config',
    ])
      world.write(`p/${name}`, 'x');
    world.write('p/kept.py', 'import lib');
    world.write('p/out/big.csv', 'x');
    world.write('p/.weirignore', 'out/\n');
    symlinkSync(join(world.folder, 'p/.env'), join(world.folder, 'p/settings.txt'));
    const path = world.write('p/flow.yaml', 'tasks: { a: { run: python3 kept.py envs/mine/lib.py } }\n');
    expect(filesOf(await deploy(path, ['**']))).toEqual(['flow.yaml', 'kept.py']);
    await expect(deploy(path, ['.env'])).rejects.toThrow(/include names \.env, which no snapshot takes in/);
    await expect(deploy(path, ['out/big.csv'])).rejects.toThrow(/\.weirignore leaves it out/);
    await expect(deploy(path, ['nope.csv'])).rejects.toThrow(/there is no such file/);
  });

  it('refuses what is too large for the database, naming the largest file, and keeps what was deployed', async () => {
    const path = project('one');
    const before = await deploy(path);
    const { truncateSync } = await import('node:fs');
    truncateSync(world.write('p/model.bin', ''), 40 * 1024 * 1024);
    await expect(deploy(path, ['model.bin'])).rejects.toThrow(
      /report\/default cannot be kept as a snapshot: the snapshot would hold 5 files of 40 MiB; .*model\.bin \(40 MiB\)/,
    );
    expect(world.engine.store.deployments.byId(before.id)?.number).toBe(1);
  });

  it('records the packages that it imports, and warns a run that finds others', async () => {
    const install = (version: string) => {
      mkdirSync(join(world.folder, 'p/node_modules/@a/shared'), { recursive: true });
      const meta = { name: '@a/shared', version, type: 'module', exports: './index.js' };
      writeFileSync(join(world.folder, 'p/node_modules/@a/shared/package.json'), JSON.stringify(meta));
      writeFileSync(join(world.folder, 'p/node_modules/@a/shared/index.js'), `export const version = '${version}';`);
    };
    install('1.2.0');
    const path = world.write(
      'p/flow.ts',
      `import { flow } from 'weir'; import { version } from '@a/shared'; export default flow({ name: 'shares' }, async () => version);`,
    );
    const deployment = await deploy(path);
    expect(world.engine.store.deploymentVersions.byNumber(deployment.id, 1)?.definition.packages).toEqual({
      '@a/shared': '1.2.0',
    });
    expect((await run(deployment)).logs).toEqual([]);
    install('1.3.0');
    const other = await run(deployment);
    expect(other.texts()).toEqual([
      expect.stringContaining('package @a/shared is 1.3.0 here, and was 1.2.0 when this was deployed'),
    ]);
    expect((await deploy(path)).number).toBe(2);
    expect(world.engine.store.deploymentVersions.byNumber(deployment.id, 2)?.changed).toContain('packages');
  });

  it('keeps equal files once, and nothing of versions that nobody can need any more', async () => {
    const { store } = world.engine;
    const count = (table: string) => store.database.prepare(`select count(*) from ${table}`).pluck().get();
    const first = await deploy(project('0'));
    for (let version = 1; version <= 25; version++) await deploy(project(String(version)));
    // What is deployed, and twenty versions to go back to.
    expect(count('snapshots')).toBe(21);
    // The flow and clean.py are those of all; two files differ in each.
    expect(count('snapshot_files')).toBe(2 + 2 * 21);
    const waiting = await enqueue({ ...first, snapshotHash: store.deployments.byId(first.id)?.snapshotHash ?? null });
    for (let version = 26; version <= 50; version++) await deploy(project(String(version)));
    expect(count('snapshots')).toBe(22);
    expect((await world.resume(waiting)).texts().join('')).toContain('clean 25');
    expect((await run(first)).state.message).toMatch(/the snapshot .* is not kept any more/);
  });
});
