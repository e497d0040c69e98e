/**
 * F14: output without end, without line ends, without sense: memory of every process of Weir stays flat, another run
 * keeps its pace, and what is kept of the log is its first and its last half. With WEIR_TEST_ALL 1 GB and a line of
 * 500 MB; else a tenth of it.
 */
import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { residentBytes } from '../support/marked-processes.ts';
import { EXECUTABLE, type RunJson, type World, waitFor, weirWorld } from '../support/weir.ts';

const MB = 1_000_000;
const SIZE = process.env.WEIR_TEST_ALL === '1' ? 1000 * MB : 100 * MB;
/** What is no text takes two bytes a character in memory, and three for most of its bytes. */
const MOST_GROWTH = { lines: 64 * MB, line: 64 * MB, binary: 100 * MB };
const HALF = 8 * 1024 * 1024;

const FLOODS = {
  lines: `yes 'sixty-three bytes of output, again and again, until it is enough' | head -c ${SIZE} || true; echo; echo last`,
  line: `head -c ${SIZE / 2} /dev/zero | tr '\\\\0' x; echo; echo last`,
  binary: `head -c ${SIZE} /dev/urandom; echo; echo last`,
};

/** Waits for the file \`go\` before the flood and for \`end\` after it, so that memory can be looked at. */
const flow = (flood: string) => `
  import { flow, sh } from 'weir';
  export default flow({ name: 'flood' }, async () => {
    const { stdout } = await sh({ name: 'flood' })\`
      echo first; until [ -e go ]; do sleep 0.02; done
      ${flood}
      touch written; until [ -e end ]; do sleep 0.02; done\`;
    return stdout.length;
  });`;

interface LogRow {
  readonly stream: string;
  readonly bytes: number;
  readonly text: string;
}

test.each(['lines', 'line', 'binary'] as const)(
  'F14 a flood of %s: memory flat, first and last half of the log kept',
  async (kind) => {
    const world = weirWorld();
    world.write('flow.ts', flow(FLOODS[kind]));
    const running = world.start(['run', 'flow.ts', '--json']);
    await waitFor('the task to begin', () => world.rows("select 1 from logs where text = 'first'")[0]);
    const before = memoryOf(world);
    const most = new Map(before);
    const timer = setInterval(() => {
      for (const [pid, bytes] of memoryOf(world)) most.set(pid, Math.max(bytes, most.get(pid) ?? 0));
    }, 10);
    world.write('go', '');
    await waitFor('all of it to be written', () => existsSync(join(world.folder, 'written')));
    world.write('end', '');
    const { code, stdout } = await running.ended;
    clearInterval(timer);
    expect(code).toBe(0);
    for (const [pid, bytes] of before) expect((most.get(pid) ?? 0) - bytes).toBeLessThan(MOST_GROWTH[kind]);

    expect((JSON.parse(stdout) as RunJson).result).toBeLessThanOrEqual(1024 * 1024);
    const rows = world.rows<LogRow>(
      'select stream, length(cast(text as blob)) as bytes, substr(text, 1, 200) as text from logs order by id',
    );
    const mark = rows.findIndex(({ stream }) => stream === 'log');
    expect(rows[mark]?.text).toMatch(
      /^\[\d+ MiB in \d+ lines? left out here: of an attempt, the first and the last 8 MiB/,
    );
    const sizeOf = (some: readonly LogRow[]) => some.reduce((sum, { bytes }) => sum + bytes + 1, 0);
    expect(sizeOf(rows.slice(0, mark))).toBeGreaterThan(HALF - 256 * 1024);
    expect(sizeOf(rows.slice(mark + 1))).toBeGreaterThan(HALF - 256 * 1024);
    expect(sizeOf(rows)).toBeLessThan(2 * HALF + MB);
    expect(rows.filter(({ stream }) => stream === 'log')).toHaveLength(1);
    const { stdout: tail } = await world.weir(['logs', '1', '--tail', '1']);
    expect(tail.trimEnd().endsWith(' last')).toBe(true);
  },
);

test('F14 other runs go on beside a flood without end, in the same server, and its page answers', async () => {
  const world = weirWorld();
  const scheduled = (name: string, body: string) =>
    `import { flow, sh, task } from 'weir';
     const step = task({ name: 'step' }, (n: number) => n);
     export default flow({ name: '${name}', schedule: { cron: '* * * * * *', seconds: true } }, async () => { ${body} });`;
  world.write('flows/flood.ts', scheduled('flood', 'await sh({ name: "yes" })`yes`;'));
  world.write(
    'flows/quick.ts',
    scheduled('quick', 'for (let n = 0; n < 100; n++) await step(n); for (let n = 0; n < 10; n++) await sh`true`;'),
  );
  const server = world.start(['up', 'flows', '--port', '0']);
  const [url] = await server.until(/http:\/\/\S+/);
  await waitFor('the flood to be over its quota', () => world.rows("select 1 from logs where stream = 'log'")[0]);
  const [before] = world.rows<{ id: number }>("select coalesce(max(id), 0) as id from flow_runs where flow = 'quick'");
  await waitFor(
    'three quick runs',
    () =>
      world.rows("select 1 from flow_runs where flow = 'quick' and state_name = 'Completed' and id > ?", before?.id)
        .length >= 3,
  );
  expect((await fetch(url)).status).toBe(200);
  const [kept] = world.rows<{ bytes: number }>('select sum(length(cast(text as blob))) as bytes from logs');
  expect(kept?.bytes).toBeLessThan(2 * HALF + MB);
  expect(world.rows("select state_name as state from flow_runs where flow = 'flood'")).toEqual([{ state: 'Running' }]);
  server.kill('SIGTERM');
  await server.until(/SIGTERM/);
  server.kill('SIGTERM');
  await server.ended;
});

test('F14 a progress bar is one line of the log, and the progress of its task while it moves', async () => {
  const world = weirWorld();
  world.write(
    'flow.ts',
    `import { flow, sh } from 'weir';
     export default flow({ name: 'bar' }, async () => {
       await sh({ name: 'train' })\`
         for n in 1 2 3; do printf "\\rEpoch 1: %d0%%|###   | %d/10 [00:01<00:02,  3.00it/s]" $n $n >&2; done
         until [ -e go ]; do sleep 0.02; done
         printf "\\rEpoch 1: 100%%|######| 10/10 [00:03<00:00,  3.00it/s]\\n" >&2\`;
     });`,
  );
  const running = world.start(['run', 'flow.ts']);
  const progress = () => world.rows<{ progress: string }>('select progress from task_runs')[0]?.progress;
  await waitFor('the bar to be seen', () => progress() === JSON.stringify({ done: 3, total: 10, label: 'Epoch 1' }));
  world.write('go', '');
  expect((await running.ended).code).toBe(0);
  expect((await world.weir(['logs', '1'])).stdout.split('\n').map((line) => line.slice(13))).toEqual([
    'train Epoch 1: 100%|######| 10/10 [00:03<00:00,  3.00it/s]',
    '',
  ]);
});

function memoryOf(world: World): Map<number, number> {
  return new Map(
    world
      .processes()
      .filter(isWeir)
      .map((pid) => [pid, residentOrNothing(pid)]),
  );
}

function residentOrNothing(pid: number): number {
  try {
    return residentBytes(pid);
  } catch {
    return 0;
  }
}

function isWeir(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) === EXECUTABLE;
  } catch {
    return false;
  }
}
