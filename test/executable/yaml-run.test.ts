/** YAML flows as a user meets them: parameters of every type, mistakes, cancels, crashes, and what is printed. */
import { expect, test } from 'vitest';
import { hasPseudoTerminal, screenAfter, underTerminal } from '../support/terminal.ts';
import { EXECUTABLE, type World, waitFor, weirWorld } from '../support/weir.ts';

const PARAMS = `
schedule: { cron: "0 2 * * *", timezone: America/New_York }
params:
  text: { type: string }
  number: { type: number, minimum: 0 }
  integer: { type: integer }
  flag: { type: boolean }
  list: { type: array, items: { type: integer } }
  object: { type: object }
  choice: { enum: [a, b] }
  maybe: { type: [integer, "null"], default: null }
  any: { default: x }
  day: { type: date, default: "\${{ slot.start }}" }
  at: { type: datetime, default: "\${{ slot.time }}" }
  name: { default: "\${{ run.flow }}-\${{ run.trigger }}" }
  region: { default: "\${{ variables.region || 'eu' }}" }
tasks:
  show: { run: 'cp "$WEIR_INPUTS" inputs.json; echo "\${{ params.day }} \${{ slot.start }} $WEIR_SLOT_START $WEIR_PARAM_LIST"' }
`;

const given = (params: Record<string, string>) => Object.entries(params).flatMap((each) => ['-p', each.join('=')]);
const GIVEN = {
  text: '3',
  number: '1.50',
  integer: '-7',
  flag: 'true',
  list: '[1,2]',
  object: '{"a":null}',
  choice: 'b',
};

test('parameters are read by their type; defaults may name the slot in the zone of its schedule, the run, and variables', async () => {
  const world = weirWorld();
  world.write('flow.yaml', PARAMS);
  await world.weir(['variable', 'set', 'region', 'us']);
  const slot = ['--slot', '2026-03-10T02:00:00-04:00'];
  const ran = await world.weir(['run', 'flow.yaml', ...given({ ...GIVEN, maybe: '4' }), ...slot]);
  expect(ran).toMatchObject({ code: 0 });
  const { params, slot: times } = JSON.parse(world.lines('inputs.json').join('')) as { params: object; slot: object };
  expect(params).toEqual({
    text: '3',
    number: 1.5,
    integer: -7,
    flag: true,
    list: [1, 2],
    object: { a: null },
    choice: 'b',
    maybe: 4,
    any: 'x',
    day: '2026-03-09',
    at: '2026-03-10T02:00:00-04:00',
    name: 'flow-cli',
    region: 'us',
  });
  expect(times).toMatchObject({ time: '2026-03-10T02:00:00-04:00', start: '2026-03-09T02:00:00-04:00' });
  expect(ran.stderr).toContain('2026-03-09 2026-03-09T02:00:00-04:00 2026-03-09T02:00:00-04:00 [1,2]');
});

test('E05 wrong parameters of a YAML flow are told together; unknown ones start no run', async () => {
  const world = weirWorld();
  world.write('flow.yaml', PARAMS);
  const wrong = { ...GIVEN, number: '-1', integer: '1.5', flag: 'perhaps', choice: 'c', day: 'yesterday' };
  const { code, stderr } = await world.weir(['run', 'flow.yaml', ...given(wrong)]);
  expect(code).toBe(5);
  for (const name of ['number', 'integer', 'flag', 'choice', 'day']) expect(stderr).toContain(`parameter "${name}" is`);
  expect(stderr).not.toMatch(/^\s+at /m);
  const missing = await world.weir(['run', 'flow.yaml']);
  expect(missing.code).toBe(5);
  for (const name of ['text', 'number', 'flag']) expect(missing.stderr).toContain(`parameter "${name}" is missing`);
  const unknown = await world.weir(['run', 'flow.yaml', ...given({ ...GIVEN, numbr: '1' })]);
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toMatch(/there is no parameter "numbr".*did you mean/s);
  expect((await world.runs()).length).toBe(2);
});

const TEN_MISTAKES = `name: nightly
schedule: "0 25 * * *"
params:
  day: { type: dat }
max_concurency: 2
tasks:
  extract:
    run: python extract.py \${{ params.dya }}
    retries: many
  train:
    needs: extrct
    timeout: 10
    when: all_sucess
    run: echo \${{ secrets.PASSWORD }}
  report:
    needs: train
    for_each: \${{ item }}
    run: echo \${{ tasks.extract.ouputs.rows }}
  empty: {}
`;

test.each(['check', 'run'])(
  'a YAML file with ten mistakes prints each of them, with line, column and remedy, by weir %s',
  async (command) => {
    const world = weirWorld();
    world.write('flow.yaml', TEN_MISTAKES);
    const { code, stdout, stderr } = await world.weir([command, 'flow.yaml']);
    expect(code).toBe(2);
    const told = `${stdout}${stderr}`;
    const places = [...told.matchAll(/flow\.yaml:(\d+):(\d+): /g)].map(([, line, column]) => `${line}:${column}`);
    expect(new Set(places).size).toBe(places.length);
    expect(places.map((place) => Number(place.split(':')[0]))).toEqual([2, 4, 5, 8, 9, 11, 12, 13, 14, 17, 18, 19]);
    for (const remedy of [
      'did you mean max_concurrency',
      'did you mean extract',
      'did you mean all_success',
      '10 what?',
      'did you mean day',
    ])
      expect(told).toContain(remedy);
    // Each with the line it is about, and a remedy under it.
    expect(told.match(/\^/g)?.length).toBeGreaterThanOrEqual(places.length);
    expect(await world.runs()).toEqual([]);
  },
);

const LONG = `
tasks:
  first: { run: 'echo rows=3 > $WEIR_OUTPUT' }
  long: { needs: first, run: 'echo begun >> trace; sleep 1000' }
  after: { needs: long, run: echo never >> trace }
on_cancellation: { run: 'echo "cancelled \${{ tasks.first.outputs.rows }} $WEIR_STATE" >> trace' }
on_failure: { run: 'echo "failed \${{ tasks.first.outputs.rows }} \${{ tasks.long.state }} [$WEIR_STATE] [$WEIR_FAILED_TASK]" >> trace' }
`;

async function begun(world: World): Promise<void> {
  await waitFor('the long task to run', () => world.lines('trace').length > 0);
}

test('E53 Ctrl-C cancels a YAML run (130), weir cancel does from elsewhere (6); its handler runs, and nothing is left', async () => {
  const world = weirWorld();
  world.write('flow.yaml', LONG);
  const first = world.start(['run', 'flow.yaml']);
  await begun(world);
  first.kill('SIGINT');
  expect((await first.ended).code).toBe(130);
  expect(world.lines('trace')).toEqual(['begun', 'cancelled 3 CANCELLED']);
  const second = world.start(['run', 'flow.yaml']);
  await waitFor('the second run', () => world.lines('trace').length === 3);
  expect((await world.weir(['cancel', '2'])).code).toBe(0);
  expect((await second.ended).code).toBe(6);
  expect(world.lines('trace').slice(3)).toEqual(['cancelled 3 CANCELLED']);
  expect(world.lines('trace')).not.toContain('never');
});

test('E77 on_failure runs once for a run whose process died once too often, by weir resume, and still knows its tasks', async () => {
  const world = weirWorld();
  world.write('flow.yaml', `crash_retries: 0\n${LONG}`);
  const running = world.start(['run', 'flow.yaml']);
  await begun(world);
  await waitFor(
    'the long task to be known to run',
    () => world.rows("select 1 from task_runs where name = 'long' and state_type = 'RUNNING'").length === 1,
  );
  running.kill('SIGKILL');
  await running.ended;
  expect((await world.runs())[0]?.state.name).toBe('Crashed');
  expect(await world.weir(['resume'])).toMatchObject({ code: 0 });
  expect(await world.weir(['resume'])).toMatchObject({ code: 0 });
  expect(world.lines('trace')).toEqual(['begun', 'failed 3 crashed [CRASHED] [long]']);
});

test.skipIf(!hasPseudoTerminal)(
  'on a terminal of 80 columns a YAML run is a tree, with items under their names and no line cut wrongly',
  async () => {
    const world = weirWorld();
    world.write(
      'flow.yaml',
      `name: nightly-etl
tasks:
  extract: { run: 'echo rows=3 > $WEIR_OUTPUT' }
  train:
    needs: extract
    for_each: [0.1, 1]
    name: train alpha=\${{ item }} with a name that is far too long for a terminal of eighty columns
    run: echo rmse=1.2 > $WEIR_METRICS
  broken: { needs: extract, run: 'echo the disk is full >&2; exit 3' }
  report: { needs: [train, broken], run: 'true' }
`,
    );
    const size = { columns: 80, rows: 24 };
    const { argv, env } = underTerminal(EXECUTABLE, ['run', 'flow.yaml'], size);
    const { stdout } = await world.start([], { argv, env }).ended;
    const { lines, isCursorShown } = screenAfter(stdout, size);
    expect(isCursorShown).toBe(true);
    const screen = lines.join('\n');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(screen).toMatch(/✓ extract/);
    expect(screen).toMatch(/✓ train alpha=0\.1/);
    expect(screen).toMatch(/✗ broken/);
    expect(screen).toContain('the disk is full');
    expect(screen).toMatch(/Failed: 2\/5 tasks failed/);
  },
);

test('a value that is not there fails the task with what to do about it, and with no place in code of Weir', async () => {
  const world = weirWorld();
  world.write(
    'flow.yaml',
    "tasks:\n  a: { run: 'true' }\n  b: { needs: a, run: 'echo ${{ tasks.a.outputs.nope }}' }\n",
  );
  const { code, stderr } = await world.weir(['run', 'flow.yaml']);
  expect({ code, stderr }).toMatchObject({
    code: 5,
    stderr: expect.stringContaining("${{ tasks.a.outputs.nope || 'none' }}"),
  });
  expect(stderr).not.toMatch(/^ +(b: +)?at /m);
  expect((await world.weir(['show'])).stdout).toContain("${{ tasks.a.outputs.nope || 'none' }}");
});
