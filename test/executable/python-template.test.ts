/**
 * The template python with the executable: weeks of retraining by scikit-learn, figures that are the same everywhere, and
 * what is said where scikit-learn is missing. Skipped, visibly, where no Python can import it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { knownBy, parseDays } from '../../src/templates/weekly-retrain/data.ts';
import { buildFeatures, holdOut } from '../../src/templates/weekly-retrain/features.ts';
import { fitModel, rmse } from '../../src/templates/weekly-retrain/regressors.ts';
import { type RunJson, type World, weirWorld } from '../support/weir.ts';

const PYTHONS = ['python3', '/usr/bin/python3', '/usr/local/bin/python3'];
/** Where the first Python lies that can do this. */
function pythonThat(imports: string): string | undefined {
  const asked = PYTHONS.map((each) =>
    spawnSync(each, ['-c', `import ${imports}; print(sys.executable)`], { encoding: 'utf8' }),
  );
  return asked.find(({ status }) => status === 0)?.stdout.trim();
}
const python = pythonThat('sys, sklearn');
const anyPython = pythonThat('sys');

interface Model {
  readonly versions: readonly {
    version: number;
    stage: string;
    metrics: object;
    params: object;
    tags: object;
    run: number;
  }[];
  readonly decisions: readonly {
    run: number;
    candidate_value: number;
    production_value: number | null;
    promoted: boolean;
  }[];
}

interface Told {
  readonly week: { readonly week: number };
  readonly train: readonly { readonly name: string; readonly rmse: number }[];
  readonly choose: { readonly name: string; readonly rmse: number };
  readonly promote: {
    readonly promoted: boolean;
    readonly candidate: number;
    readonly candidate_value: number;
    readonly production: number | null;
    readonly production_value: number | null;
  };
}

/** A folder with the template, in which `python3` is that one. */
async function templateWorld(
  command: string,
): Promise<World & { readonly cwd: string; readonly env: Readonly<Record<string, string>> }> {
  const world = weirWorld();
  const bin = join(world.folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'python3'), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  const { code, stderr } = await world.weir(['init', 'p', '--template', 'python']);
  expect(code, stderr).toBe(0);
  return { ...world, cwd: join(world.folder, 'p'), env: { PATH: `${bin}:${world.environment.PATH}` } };
}

const ridges = (...penalties: readonly number[]) => [
  '-p',
  `candidates=${JSON.stringify(penalties.map((penalty) => `ridge ${penalty}`))}`,
];

test.skipIf(python === undefined)(
  'six weeks promote what is better and keep what is not, with the figures of the template in TypeScript',
  { timeout: 300_000 },
  async () => {
    const { json, cwd, env } = await templateWorld(python ?? '');
    const days = parseDays(readFileSync(join(cwd, 'data/seattle-weather.csv'), 'utf8'));
    const told: Told[] = [];
    for (let week = 1; week <= 6; week++) {
      // The last one finds out by itself which week it is.
      const which = week === 6 ? [] : ['-p', `week=${week}`];
      const penalties = week <= 3 ? [1, 10] : [10, 100];
      const run = await json<RunJson>(['run', ...which, ...ridges(...penalties), '--quiet'], { cwd, env });
      expect(run.state.name).toBe('Completed');
      const result = run.result as unknown as Told;
      told.push(result);
      expect(result.week.week).toBe(week);

      const { train, heldOut } = holdOut(buildFeatures(knownBy(week, days)), 8);
      const expected = penalties.map((penalty) => rmse(fitModel({ kind: 'ridge', penalty }, train), heldOut));
      for (const [at, each] of result.train.entries()) expect(each.rmse).toBeCloseTo(expected[at] as number, 9);
      expect(result.choose.rmse).toBe(Math.min(...result.train.map((each) => each.rmse)));
      // Judged anew by evaluate.py, on the same file: to the last digit the same.
      expect(result.promote.candidate_value).toBe(result.choose.rmse);
      expect(run.metrics.rmse).toBe(result.choose.rmse);
      expect(run.tasks.filter(({ name }) => name === 'train').map(({ metrics }) => metrics)).toEqual(
        result.train.map((each) => ({ rmse: each.rmse })),
      );
      expect(run.artifacts.map(({ key, kind }) => [key, kind])).toEqual([
        ['report/summary', 'markdown'],
        ['report/weeks.svg', 'image'],
      ]);
    }
    const outcomes = told.map(({ promote }) => promote.promoted);
    expect(outcomes[0]).toBe(true);
    expect(new Set(outcomes.slice(1))).toEqual(new Set([true, false]));

    const model = await json<Model>(['model', 'inspect', 'seattle-temperature'], { cwd });
    expect(model.versions.map(({ metrics, params, tags, run }) => ({ metrics, params, tags, run }))).toEqual(
      told.map(({ choose }, at) => ({
        metrics: { rmse: choose.rmse },
        params: { candidate: choose.name, days: 735 + 7 * at },
        tags: expect.objectContaining({ week: String(at + 1) }),
        run: at + 1,
      })),
    );
    expect(
      model.decisions.map(({ candidate_value, production_value, promoted }) => [
        candidate_value,
        production_value,
        promoted,
      ]),
    ).toEqual(told.map(({ promote }) => [promote.candidate_value, promote.production_value, promote.promoted]));
    const serving = outcomes.lastIndexOf(true) + 1;
    expect(model.versions.map(({ stage }) => stage)).toEqual(
      outcomes.map((promoted, at) => (!promoted ? 'None' : at + 1 === serving ? 'Production' : 'Archived')),
    );
  },
);

test.skipIf(python === undefined)(
  'killed in the middle of training, a week goes on without training again what was trained',
  { timeout: 300_000 },
  async () => {
    const { start, json, weir, cwd, env } = await templateWorld(python ?? '');
    const candidates = ['-p', 'candidates=["ridge 1", "forest of 1000", "forest of 999"]'];
    const going = start(['run', '-p', 'week=1', ...candidates], { cwd, env });
    await going.until(/✓ train ridge 1 /);
    going.kill('SIGKILL');
    await going.ended;
    const run = await json<RunJson>(['resume', '1', '--quiet'], { cwd, env });
    expect(run.state.name).toBe('Completed');
    const task = (name: string, at = 0) => run.tasks.filter((each) => each.name === name)[at];
    for (const each of [task('week'), task('prepare'), task('train')])
      expect(each).toMatchObject({ reused_from_attempt: 1, attempt: 1 });
    for (const at of [1, 2]) expect(task('train', at)?.reused_from_attempt).toBeNull();
    expect(run.artifacts.map(({ key }) => key)).toEqual(['report/summary', 'report/weeks.svg']);
    const { decisions } = await json<Model>(['model', 'inspect', 'seattle-temperature'], { cwd });
    expect(decisions).toHaveLength(1);
    // The week is known by its data: prepared again from the cache.
    const again = await weir(['run', '-p', 'week=1', ...ridges(1)], { cwd, env });
    expect(again.stderr).toContain('prepare Cached: from run 1');
  },
);

test.skipIf(anyPython === undefined)('without scikit-learn the first step says what to install', async () => {
  // -S: without site-packages, whatever is installed there.
  const { weir, cwd, env } = await templateWorld(`${anyPython} -S`);
  const { code, stderr } = await weir(['run'], { cwd, env });
  expect(code).toBe(5);
  expect(stderr).toContain('python3 -m pip install -r requirements.txt');
  expect(stderr).toContain('python3 -m venv venv');
  expect(stderr).not.toContain('Traceback');
  expect(readFileSync(join(cwd, 'failures.log'), 'utf8')).toContain('run 1, week: ');
});
