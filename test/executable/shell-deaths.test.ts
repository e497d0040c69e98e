/** F12: the process of a shell task dies: its attempt fails, the signal is told in words, and the retry rule applies. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type RunJson, waitFor, weirWorld } from '../support/weir.ts';

/** The command leaves a line, and dies unless the file `well` is there. */
const flow = (command: string, options = '') => `
  import { flow, sh } from 'weir';
  export default flow({ name: 'dying' }, async () => {
    const { stdout } = await sh({ name: 'command'${options} })\`
      echo tried >> trace
      if [ "$(wc -l < trace)" -ge 3 ]; then echo well; exit 0; fi
      echo last words
      ${command}\`;
    return stdout.trim();
  });`;

const DEATHS = [
  {
    title: 'kills itself by SIGKILL',
    command: 'kill -KILL $$',
    signal: 'SIGKILL',
    exit: null,
    words: 'killed by signal 9 (SIGKILL)',
  },
  {
    title: 'has a segmentation fault',
    command: 'kill -SEGV $$',
    signal: 'SIGSEGV',
    exit: null,
    words: 'killed by signal 11 (SIGSEGV), segmentation fault',
  },
  {
    title: 'ends with 137, as a shell tells of a killed child',
    command: 'exit 137',
    signal: null,
    exit: 137,
    words: 'exit code 137 (killed by signal 9 (SIGKILL) inside the command, likely out of memory)',
  },
  {
    title: 'has a child that is killed',
    command: "sh -c 'kill -KILL $$'; echo beyond",
    signal: null,
    exit: 137,
    words: 'exit code 137 (killed by signal 9 (SIGKILL) inside the command, likely out of memory)',
  },
];

test.each(DEATHS)(
  'F12 a command that $title fails its attempt, and the signal is told in words',
  async ({ command, signal, exit, words }) => {
    const world = weirWorld();
    world.write('flow.ts', flow(command));
    const { code, stdout, stderr } = await world.weir(['run', 'flow.ts', '--json']);
    expect(code).toBe(5);
    expect(stderr).toContain(words);
    const run = JSON.parse(stdout) as RunJson;
    expect(run.state).toMatchObject({ type: 'FAILED', name: 'Failed' });
    expect(run.error?.message).toContain(words);
    expect(run.tasks).toMatchObject([
      {
        name: 'command',
        attempt: 1,
        state: { type: 'FAILED', name: 'Failed', message: expect.stringContaining(words) },
      },
    ]);
    expect(run.tasks[0]?.error).toMatchObject({
      name: 'CommandFailed',
      exit_code: exit,
      signal,
      last_lines: expect.arrayContaining(['last words']),
    });
    expect((await world.weir(['show'])).stdout).toContain(words);
  },
);

test.each(DEATHS)(
  'F12 a command that $title is tried again by its retries, and not more often',
  async ({ command }) => {
    const world = weirWorld();
    world.write('flow.ts', flow(command, ', retries: 2'));
    expect(await world.weir(['run', 'flow.ts'])).toMatchObject({ code: 0, stdout: 'well\n' });
    expect((await world.show()).tasks[0]?.states.map((state) => state.name)).toEqual([
      ...['Pending', 'Running', 'AwaitingRetry', 'Retrying', 'AwaitingRetry', 'Retrying', 'Completed'],
    ]);
    world.write('trace', '');
    world.write('flow.ts', flow(command, ', retries: 1'));
    expect(await world.weir(['run', 'flow.ts'])).toMatchObject({ code: 5, stdout: '' });
    expect(world.lines('trace')).toHaveLength(2);
  },
);

test('F12 a command that is killed from outside fails like one that died by itself, and nothing of it is left', async () => {
  const world = weirWorld();
  world.write('flow.ts', flow('sleep 1001 & sleep 1002'));
  const running = world.start(['run', 'flow.ts']);
  const sleepers = () => world.commands().filter((command) => /^sleep 100[12]$/.test(command));
  await waitFor('both to sleep', () => sleepers().length === 2);
  // Its children are programs by now: it is the only shell.
  const [shell = 0, ...others] = world.processes().filter((pid) => /^bash/.test(commandOf(pid)));
  expect(shell).toBeGreaterThan(0);
  expect(others).toEqual([]);
  process.kill(shell, 'SIGKILL');
  expect((await running.ended).code).toBe(5);
  expect(sleepers()).toEqual([]);
  expect((await world.show()).tasks[0]).toMatchObject({ error: { signal: 'SIGKILL' } });
});

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
