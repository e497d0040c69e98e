/** Parameters on the command line: read by their types, from files and standard input; what is wrong with them. */
import { expect, test } from 'vitest';
import { EXECUTABLE, weirWorld } from '../support/weir.ts';

const FLOW = `
  import { flow, z } from 'weir';
  export default flow(
    {
      name: 'typed',
      params: z.object({
        n: z.number().default(1), text: z.string().default(''), on: z.boolean().default(false),
        alphas: z.array(z.number()).default([]), more: z.record(z.string(), z.number()).optional(),
        size: z.union([z.number(), z.literal('all')]).optional(), day: z.iso.date().optional(), at: z.date().optional(), big: z.bigint().optional(), c: z.coerce.number().optional(),
      }),
    },
    async (params) => params,
  );`;

test.each<[string, string[], Record<string, unknown>]>([
  ['a number, and text that looks like one', ['-p', 'n=1', '-p', 'text=1'], { n: 1, text: '1' }],
  [
    'lists with and without brackets, an object',
    ['-p', 'alphas=0.1,1', '-p', 'more={"a":1}', '-p', 'on=yes'],
    { alphas: [0.1, 1], more: { a: 1 }, on: true },
  ],
  [
    'lists in parts',
    ['-p', 'alphas=0.1', '-p', 'n=3', '-p', 'alphas=1,2', '-p', 'alphas=[3]'],
    { n: 3, alphas: [0.1, 1, 2, 3] },
  ],
  ['a union and a date', ['-p', 'size=all', '-p', 'day=2026-11-16'], { size: 'all', day: '2026-11-16' }],
  ['text with = and @ in it', ['-p', 'text=@@alice=b'], { text: '@alice=b' }],
  ['files', ['-p', 'text=@note.txt', '-p', 'alphas=@alphas.json'], { text: 'two\nlines\n', alphas: [1, 2] }],
  [
    'a date and a large number in JSON',
    ['--params', '{"at": "2026-11-16T06:00:00Z", "big": 12345678901234567890}'],
    { at: '2026-11-16T06:00:00.000Z', big: '12345678901234567890' },
  ],
  [
    'a file of parameters, and one that replaces another',
    ['--params', '@all.json', '-p', 'n=9'],
    { n: 9, text: 'from the file' },
  ],
])('E04 %s arrive by their types', async (_what, args, expected) => {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  world.write('note.txt', 'two\nlines\n');
  world.write('alphas.json', '[1, 2]\n');
  world.write('all.json', '{"n": 2, "text": "from the file"}');
  const { code, stdout, stderr } = await world.weir(['run', 'flow.ts', ...args]);
  expect({ code, result: code === 0 ? JSON.parse(stdout) : stderr }).toEqual({
    code: 0,
    result: { n: 1, text: '', on: false, alphas: [], ...expected },
  });
});

test('parameters come from standard input', async () => {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  const piped = (script: string) => ['/bin/sh', '-c', `${script} | "$0" "$@"`, EXECUTABLE];
  const whole = await world.weir(['run', '--params', '-'], { argv: piped(`printf '{"n": 5}'`) });
  expect(JSON.parse(whole.stdout)).toMatchObject({ n: 5 });
  const one = await world.weir(['run', '-p', 'text=@-'], { argv: piped('printf "a b"') });
  expect(JSON.parse(one.stdout)).toMatchObject({ text: 'a b' });
});

test('E05 everything that is wrong with the values is told at once, in a run that has failed (exit code 5)', async () => {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  const args = ['-p', 'n=foo', '-p', 'alphas=1,x', '-p', 'size=some', '-p', 'on=', '-p', 'c='];
  const { code, stderr } = await world.weir(['run', 'flow.ts', ...args]);
  expect(code).toBe(5);
  for (const said of [
    'parameter "n" is "foo"',
    'parameter "alphas" is "1,x"',
    'parameter "size" is "some": expected a number or "all"',
    'parameter "on" is ""',
    'parameter "c" is "": expected a number',
  ])
    expect(stderr).toContain(said);
  expect(stderr).toContain('weir rerun 1 -p NAME=VALUE');
  expect(stderr).not.toContain('weir retry');
  expect(await world.show(1)).toMatchObject({ state: { type: 'FAILED' }, tasks: [], attempt: 1 });
});

test('names that the flow does not have, and a second value for what is no list, start no run', async () => {
  const world = weirWorld();
  world.write('flow.ts', FLOW);
  for (const args of [
    ['-p', 'txt=1', '-p', '__proto__=1'],
    ['--params', '{"txt": 1, "__proto__": 1}'],
  ]) {
    const { code, stderr } = await world.weir(['run', 'flow.ts', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain('there is no parameter "txt", "__proto__"; the flow has n, text, on');
    expect(stderr).toContain('did you mean text');
  }
  for (const [args, said] of [
    [['-p', 'text=a', '-p', 'text=b'], '-p text is given more than once, and takes one value'],
    [['-p', 'txt=a', '-p', 'txt=b'], 'there is no parameter "txt"'],
  ] as const) {
    const { code, stderr } = await world.weir(['run', 'flow.ts', ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(said) });
  }
  expect((await world.weir(['run', 'flow.ts', '-p', 'text=@none.txt'])).stderr).toMatch(
    /-p text names a file[\s\S]*-p 'text=@@none\.txt'/,
  );
  expect(world.rows('select 1 from flow_runs')).toEqual([]);
});
