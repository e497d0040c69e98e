/** What a person at a terminal sees, and what a pipe gets: the same run, drawn in place or told in plain lines. */
import { describe, expect, test } from 'vitest';
import { hasPseudoTerminal, screenAfter, underTerminal } from '../support/terminal.ts';
import { EXECUTABLE, type World, waitFor, weirWorld } from '../support/weir.ts';

const SIZE = { columns: 80, rows: 24 };

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with ESC
const COLOURS = /\u001b\[[0-9;?]*[a-zA-Z]/g;

const FLOW = `
  import { flow, progress, task, z } from 'weir';
  import { existsSync } from 'node:fs';
  const fetch = task({ name: 'fetch-week' }, async () => { console.log('fetched 1461 rows'); });
  const train = task({ name: 'train', runName: 'alpha={0}' }, async (alpha, fails) => {
    progress(1, 4, 'epochs');
    if (alpha === 7) while (!existsSync('go')) await new Promise((done) => setTimeout(done, 5));
    if (fails && alpha === 7) { console.log('loss is NaN'); throw new RangeError('diverged at 7'); }
  });
  export default flow(
    { name: 'weekly', params: z.object({ fails: z.boolean().default(false), n: z.number().default(12) }) },
    async ({ fails, n }) => {
      await fetch();
      await train.map(Array.from({ length: n }, (_, each) => each), fails);
      return { best: 3 };
    });`;

function worldWithFlow(): World {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  return world;
}

describe.skipIf(!hasPseudoTerminal)('on a terminal', () => {
  const onTerminal = (args: readonly string[], size = SIZE) => {
    const { argv, env } = underTerminal(EXECUTABLE, args, size);
    return { args: [], options: { argv, env } };
  };

  test('a run is drawn in place: mapped tasks folded, the one that runs with its bar, log lines above', async () => {
    const world = worldWithFlow();
    const { args, options } = onTerminal(['run', 'flow.ts']);
    const going = world.start(args, options);
    const { lines, isCursorShown } = await waitFor('the last task to be drawn alone', () => {
      const screen = screenAfter(going.stdout, SIZE);
      const text = screen.lines.join('\n');
      return /11\/12, 1 running[\s\S]*alpha=7 .*1\/4 epochs$/.test(text.trimEnd()) ? screen : null;
    });
    const told = lines.map((line) => line.replace(/\d+(\.\d+)?(ms|s)/g, 'TIME').replace(/ +/g, ' '));
    expect(told.slice(0, 2)).toEqual(['run 1 of weekly', ' fetch-week: fetched 1461 rows']);
    expect(told.slice(2, 6)).toEqual([
      '▸ weekly, run 1: Running TIME',
      ' ✓ fetch-week TIME',
      ' ▸ train 11/12, 1 running, TIME each',
      ' ▸ train alpha=7 TIME ████░░░░░░░░░░░░ 1/4 epochs',
    ]);
    expect(isCursorShown).toBe(false);
    world.write('go', '');
    const { code, stdout } = await going.ended;
    const end = screenAfter(stdout, SIZE);
    expect({ code, isCursorShown: end.isCursorShown }).toEqual({ code: 0, isCursorShown: true });
    expect(end.lines.filter((line) => line.includes('weekly, run 1'))).toHaveLength(2);
    expect(end.lines.join('\n')).toContain('"best": 3');
  });

  test('check and show keep to the width: what is too long for its line stands below it', async () => {
    const world = weirWorld();
    const name = 'a task with a name that takes some room';
    world.write(
      'f.yaml',
      `tasks:\n  first: { run: 'true' }\n  ${name}: { needs: first, retries: 3, timeout: 5m, run: exit 3 }\n`,
    );
    await world.weir(['run', 'f.yaml', '--quiet']);
    const size = { columns: 70, rows: 24 };
    for (const [command, told] of [
      [['check', 'f.yaml'], /^ +└─ a task.*\n +exit 3\n +3 retries, at most 5m$/m],
      [['show'], /^ +✗ a task with.* Failed \(attempt 4\) .*\d+m?s\n +after first$/m],
    ] as const) {
      const { args, options } = onTerminal(command, size);
      const text = (await world.start(args, options).ended).stdout.replace(COLOURS, '').replaceAll('\r', '');
      expect(text).toMatch(told);
      const tooWide = (line: string) => line.length > size.columns && !/Running|folder/.test(line);
      expect(text.split('\n').filter(tooWide)).toEqual([]);
    }
  });

  test('ten thousand tasks are a few lines, within a narrow and low terminal', async () => {
    const world = worldWithFlow();
    world.write('go', '');
    const size = { columns: 30, rows: 6 };
    const { args, options } = onTerminal(['run', 'flow.ts', '-p', 'n=10000'], size);
    const { code, stdout } = await world.start(args, options).ended;
    const { lines } = screenAfter(stdout, size);
    expect(code).toBe(0);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(30);
    expect(lines.filter(Boolean).length).toBeLessThanOrEqual(12);
    expect(lines.join('\n')).toMatch(/✓ train +10000\/10000/);
  });

  test('a failing run ends with the last lines, the reason, and commands that can be pasted', async () => {
    const world = worldWithFlow();
    world.write('go', '');
    const { args, options } = onTerminal(['run', 'flow.ts', '-p', 'fails=true']);
    const { code, stdout } = await world.start(args, options).ended;
    expect(code).toBe(5);
    const text = screenAfter(stdout, SIZE).lines.join('\n');
    expect(text).toMatch(/train alpha=7: diverged at 7\n {2}loss is NaN\n/);
    expect(text).toMatch(/flow.ts:\d+:\d+\n\n.*weekly, run 1: Failed in/);
    expect(text).not.toMatch(/^Failed: /m);
    expect(text).toMatch(/weir logs 1 train .*\n {2}weir retry 1 .*\n {2}weir show 1 /);
  });

  test('Ctrl-C leaves a clean terminal: the cursor is back, nothing is drawn below what is said', async () => {
    const world = worldWithFlow();
    const { args, options } = onTerminal(['run', 'flow.ts']);
    const going = world.start(args, options);
    await going.until(/11\/12, 1 running/);
    const pid = world.rows<{ pid: number }>('select pid from processes')[0]?.pid as number;
    process.kill(pid, 'SIGINT');
    const { stdout } = await going.ended;
    const { lines, isCursorShown } = screenAfter(stdout, SIZE);
    expect(isCursorShown).toBe(true);
    expect(lines.join('\n')).toContain('cancelling; press Ctrl-C again to end at once\n/ weekly, run 1: Cancelled');
    expect(lines.findLast(Boolean)).toMatch(/weekly, run 1: Cancelled: cancelled by Ctrl-C/);
  });

  test.each([
    ['NO_COLOR is set', { NO_COLOR: '1' }],
    ['the terminal is dumb', { TERM: 'dumb' }],
    ['CI is set', { CI: 'true' }],
  ])('plain lines are told where %s', async (_, env) => {
    const world = worldWithFlow();
    world.write('go', '');
    const { args, options } = onTerminal(['run', 'flow.ts']);
    const { stdout } = await world.start(args, { ...options, env: { ...options.env, ...env } }).ended;
    if (!('CI' in env)) expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toContain('\u001b[?25l');
    expect(stdout.match(/✓.* train alpha=\d+/g)).toHaveLength(12);
  });
});

test('piped, a run is told in one plain line an event, without escape codes', async () => {
  const world = worldWithFlow();
  world.write('go', '');
  const { code, stdout, stderr } = await world.weir(['run', 'flow.ts', '-p', 'fails=true', '-p', 'n=8']);
  expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
  expect(stderr).not.toContain('\u001b');
  expect(stderr.match(/^✓ train alpha=\d \S+$/gm)).toHaveLength(7);
  expect(stderr).toContain('✗ train alpha=7 Failed: diverged at 7');
  expect(stderr).toMatch(/weir logs 1 train .*\n {2}weir retry 1 .*\n {2}weir show 1 /);
});
