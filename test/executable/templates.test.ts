/** What weir init --template writes for YAML: it runs as it is, and teaches nothing that is wrong. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatSchema } from '../../src/runner/yaml/format-schema.ts';
import { weirWorld } from '../support/weir.ts';

async function templateWorld(template: string) {
  const world = weirWorld();
  world.write('work/.keep', '');
  const cwd = join(world.folder, 'work');
  const init = await world.weir(['init', '--template', template], { cwd });
  expect(init.code, init.stderr).toBe(0);
  return { ...world, cwd, init, here: (...args: string[]) => world.weir(args, { cwd }) };
}

test('cron: three lines that run as they are, are scheduled by weir up, and take every key that they propose', async () => {
  const { cwd, init, here, start, show } = await templateWorld('cron');
  const file = join(cwd, 'flow.yaml');
  const text = readFileSync(file, 'utf8');
  expect(text.split('\n').filter((line) => /^[^#\s]/.test(line))).toHaveLength(3);
  // The first line leads an editor to the format, which init has written beside it.
  const schema = /^# yaml-language-server: \$schema=(.*)$/m.exec(text.split('\n')[0] ?? '')?.[1] ?? '';
  expect(JSON.parse(readFileSync(join(cwd, schema), 'utf8'))).toEqual(JSON.parse(JSON.stringify(formatSchema())));
  expect(init.stderr).toContain('weir run flow.yaml');
  expect(init.stderr).not.toContain('flow.ts');

  const run = await here('run');
  expect(run.code, run.stderr).toBe(0);
  expect(run.stderr).toContain('Filesystem');
  expect((await show('nightly')).tasks).toMatchObject([{ name: 'job', state: { type: 'COMPLETED' } }]);

  const checked = await here('check', 'flow.yaml');
  expect(checked).toMatchObject({ code: 0, stderr: '' });
  expect(checked.stdout).not.toContain('warning');
  expect(checked.stdout).toMatch(/next \d{4}-\d\d-\d\d 02:00/);
  const server = start(['up', '.', '--port', '0'], { cwd });
  await server.until(/deployed nightly, next at /);
  server.kill('SIGTERM');
  await server.ended;

  const proposed = text.replace(/^# (?=[a-z_]+: )(?!yaml-language-server)/gm, '');
  writeFileSync(file, proposed);
  const all = await here('check', 'flow.yaml', '--json');
  expect(all.code, all.stdout).toBe(0);
  expect(proposed.match(/^[a-z_]+: /gm)?.length).toBeGreaterThan(8);
});

test('etl: every region is extracted, a busy one again, the alarm is skipped, and the report is written', async () => {
  const { cwd, here, show, weir } = await templateWorld('etl');
  const checked = await here('check');
  expect(checked).toMatchObject({ code: 0, stderr: '' });
  expect(checked.stdout).not.toContain('warning');
  const { code, stderr } = await here('run', '-p', 'day=2026-03-01');
  expect(code, stderr).toBe(0);
  const run = await show('sales');
  const ends = run.tasks.map(({ name, attempt, state }) => `${name} ${state.name} ${attempt}`).sort();
  expect(ends).toEqual([
    'alarm Skipped 0',
    'extract Completed 1',
    'extract Completed 1',
    'extract Completed 2',
    'load Completed 1',
    'report Completed 1',
    'transform Completed 1',
  ]);
  const { total } = (run.result as { transform: { total: number } }).transform;
  expect(readFileSync(join(cwd, 'data/2026-03-01-total.csv'), 'utf8')).toBe(`2026-03-01,${total}\n`);
  expect(run.metrics).toEqual({ sold: total });
  const { stdout: report } = await weir(['artifact', 'get', String(run.id), 'report/summary']);
  expect(report).toContain('## Sales of 2026-03-01');
  expect(report).toContain(`sold: **${total}**`);
  expect(report).toContain('alarm: skipped');
});

test('etl: where a region fails, the handler names the task, the report is written all the same, and exit is 5', async () => {
  const { cwd, here, show } = await templateWorld('etl');
  const { code, stderr } = await here('run', '-p', 'day=2026-03-01', '-p', 'regions=["north","atlantis"]');
  expect(code, stderr).toBe(5);
  expect(readFileSync(join(cwd, 'failures.log'), 'utf8')).toMatch(/^run 1, sales of 2026-03-01: extract failed: /);
  const run = await show('sales');
  const byName = new Map(run.tasks.map((task) => [task.name, task]));
  expect(byName.get('transform')?.state.name).toBe('UpstreamFailed');
  expect(byName.get('report')?.state.name).toBe('Completed');
  const failed = run.tasks.filter(({ state }) => state.name === 'Failed');
  expect(failed).toMatchObject([{ name: 'extract', attempt: 1, error: { exit_code: 3 } }]);
});
