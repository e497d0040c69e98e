/** Valid YAML flows, and what they become. */
import { expect, test } from 'vitest';
import { flowOf, problemsOf, taskLines, taskOf } from './world.ts';

/** As the manual shows it. */
const NIGHTLY = `name: nightly-etl
schedule: "0 2 * * *"
params:
  day: { type: date, default: "\${{ slot.start }}" }
  alphas: { type: array, items: { type: number }, default: [0.1, 1] }   # JSON Schema
venv: ./venv
secrets: [DB_PASSWORD]
concurrency_limits: { gpu: 1 }
defaults: { retries: 2, retry_delay: [10s, 1m], timeout: 30m }
tasks:
  extract:
    run: python extract.py --day \${{ params.day }}
    cache: { key: "\${{ params.day }}", files: [extract.py], expires: 7d }
  train:
    needs: extract
    for_each: \${{ params.alphas }}
    name: train alpha=\${{ item }}
    max_concurrency: 2
    occupies: { gpu: 1 }
    run: python train.py --alpha \${{ item }} --data \${{ tasks.extract.files.rows }}
    files: { model: model.pkl }
  report:
    needs: train
    when: all_done
    if: \${{ tasks.extract.outputs.rows > 0 }}
    run: ./report.sh
on_failure:
  run: ./page-me.sh
`;

test('the flow of the manual is valid, with defaults merged, durations in ms and parameters as JSON Schema', () => {
  const flow = flowOf(NIGHTLY, { limits: new Map() });
  expect(flow).toMatchObject({
    name: 'nightly-etl',
    schedules: [{ cron: '0 2 * * *' }],
    concurrencyLimits: { gpu: 1 },
  });
  expect(flow.paramsSchema).toEqual({
    type: 'object',
    properties: {
      day: { type: 'string', format: 'date', default: '${{ slot.start }}' },
      alphas: { type: 'array', items: { type: 'number' }, default: [0.1, 1] },
    },
    required: [],
    additionalProperties: false,
  });
  expect(flow.tasks.map((task) => [task.name, task.needs, task.at.line])).toEqual([
    ['extract', [], 11],
    ['train', ['extract'], 14],
    ['report', ['train'], 22],
  ]);
  const [extract, train, report] = flow.tasks;
  expect(train).toMatchObject({
    retry: { retries: 2, delay: { kind: 'list', delaysMs: [10_000, 60_000] }, jitter: 0 },
    timeoutMs: 1_800_000,
    maxConcurrency: 2,
    occupies: { gpu: 1 },
    trigger: 'all_success',
    label: { parts: ['train alpha=', ''] },
    surroundings: { venv: './venv', secrets: ['DB_PASSWORD'], envFiles: [], inheritEnv: 'all', shell: null },
  });
  expect(train?.work).toMatchObject({
    kind: 'script',
    isPosix: true,
    script: {
      parts: ['python train.py --alpha ', ' --data ', ''],
      expressions: [
        { text: 'item', at: { line: 20, column: 38 }, reads: [['item']] },
        { text: 'tasks.extract.files.rows', reads: [['tasks', 'extract', 'files', 'rows']] },
      ],
    },
  });
  expect(extract?.cache).toMatchObject({ expiresMs: 604_800_000, refresh: false, files: [{ parts: ['extract.py'] }] });
  expect(report).toMatchObject({ trigger: 'all_done', condition: { text: 'tasks.extract.outputs.rows > 0' } });
  expect(flow.handlers.on_failure?.work).toEqual({
    kind: 'script',
    script: { parts: ['./page-me.sh'], expressions: [] },
    isPosix: true,
  });
});

test('what a flow becomes is plain data', () => {
  const flow = flowOf(NIGHTLY);
  expect(structuredClone(flow)).toEqual(flow);
});

test('a flow without name takes that of its file', () => {
  expect(flowOf(taskLines('run: x')).name).toBe('nightly');
  expect(flowOf(taskLines('run: x'), { path: '/a/MyEtl_daily.yml' }).name).toBe('my-etl-daily');
});

test('words of YAML 1.1 are text, numbers are as YAML 1.2 has them, and times are text', () => {
  const task = taskOf(
    taskLines('run: x', 'for_each: [on, yes, 10:30, 0o14, 0123, 1e3, 0x1F, ~, TRUE, 2026-01-01]'),
    't',
  );
  expect(task.forEach).toEqual({
    kind: 'items',
    items: { kind: 'plain', value: ['on', 'yes', '10:30', 12, 123, 1000, 31, null, true, '2026-01-01'] },
  });
});

test('variables keep the spelling of numbers', () => {
  const { env } = taskOf(taskLines('run: x', 'env: { A: 1.10, B: 00123, C: true, D: "" }'), 't').surroundings;
  expect(env.map(([name, { parts }]) => [name, parts])).toEqual([
    ['A', ['1.10']],
    ['B', ['00123']],
    ['C', ['true']],
    ['D', ['']],
  ]);
});

test('a task says it before defaults, and defaults before the flow; lists add up', () => {
  const text = `env: { A: flow, B: flow, C: flow }
env_file: [.env]
tags: [nightly]
shell: dash
working_dir: jobs
defaults: { env: { B: defaults, C: defaults }, env_file: more.env, tags: [etl], shell: zsh, retries: 1 }
tasks:
  t: { run: x, env: { C: task }, tags: [etl, big], shell: bash -eu, retries: 0, working_dir: here }
  u: { run: x }
`;
  const [t, u] = flowOf(text).tasks;
  expect(Object.fromEntries((t?.surroundings.env ?? []).map(([name, { parts }]) => [name, parts[0]]))).toEqual({
    A: 'flow',
    B: 'defaults',
    C: 'task',
  });
  expect(t).toMatchObject({
    tags: ['etl', 'big'],
    retry: { retries: 0 },
    surroundings: { shell: 'bash -eu', envFiles: ['.env', 'more.env'], workingDir: { parts: ['here'] } },
  });
  expect(u).toMatchObject({
    tags: ['etl'],
    retry: { retries: 1 },
    surroundings: { shell: 'zsh', workingDir: { parts: ['jobs'] } },
  });
});

test('a merge key takes over what the object does not say itself', () => {
  const text = `x-common: &common { timeout: 5m, retries: 3 }
tasks:
  t: { <<: *common, run: x, retries: 1 }
`;
  expect(taskOf(text, 't')).toMatchObject({ timeoutMs: 300_000, retry: { retries: 1 } });
});

test('tasks stand in an order in which they can run', () => {
  const text = `tasks:
  report: { needs: [train, load], run: x }
  train: { needs: load, run: x }
  load: { run: x }
`;
  expect(flowOf(text).tasks.map((task) => task.name)).toEqual(['load', 'train', 'report']);
});

test('a matrix, a list, and an expression are items', () => {
  const text = `params: { xs: { type: array, default: [1] } }
tasks:
  a: { for_each: { matrix: { lr: [0.1, 1], x: "\${{ params.xs }}" } }, run: "go \${{ item.lr }} \${{ item.x }}" }
  b: { for_each: [1, { k: "\${{ params.xs }}" }], run: x }
`;
  const [a, b] = flowOf(text).tasks;
  expect(a?.forEach).toMatchObject({
    kind: 'matrix',
    dimensions: { lr: { kind: 'plain', value: [0.1, 1] }, x: { kind: 'template' } },
  });
  expect(b?.forEach).toMatchObject({
    kind: 'items',
    items: {
      kind: 'list',
      items: [
        { kind: 'plain', value: 1 },
        { kind: 'map', entries: { k: { kind: 'template' } } },
      ],
    },
  });
});

test('E79: a subflow is named by its file, its file and flow, or its name', () => {
  const flow = (text: string) => taskOf(taskLines(`flow: ${text}`, 'params: { a: 1, b: "${{ run.id }}" }'), 't').work;
  expect(flow('./other.yaml')).toMatchObject({ kind: 'flow', file: './other.yaml', flow: null });
  expect(flow('train.ts:weekly')).toMatchObject({ file: 'train.ts', flow: 'weekly' });
  expect(flow('weekly-retrain')).toMatchObject({
    file: null,
    flow: 'weekly-retrain',
    params: { a: { kind: 'plain', value: 1 }, b: { kind: 'template' } },
  });
});

test('a promotion is complete', () => {
  const text = `tasks:
  train: { run: x, files: { model: m.pkl } }
  best:
    needs: train
    promote: { model: temperature, file: "\${{ tasks.train.files.model }}", metric: rmse, goal: min, margin: 0.01, evaluate: python eval.py $WEIR_MODEL, data: holdout.parquet }
`;
  expect(taskOf(text, 'best').work).toMatchObject({
    kind: 'promote',
    model: 'temperature',
    metric: 'rmse',
    goal: 'min',
    margin: 0.01,
    minimum: null,
    evaluate: { parts: ['python eval.py $WEIR_MODEL'] },
    data: [{ parts: ['holdout.parquet'] }],
  });
});

test('schedules take from the flow what they do not say, and keep the unit of an interval', () => {
  const text = `timezone: Europe/Berlin
catchup_window: 2d
overlap: buffer_one
schedule: ["0 2 * * *", { interval: 1d, overlap: skip, name: daily }, "CRON_TZ=UTC 5 * * * *"]
${taskLines('run: x')}`;
  expect(flowOf(text).schedules).toEqual([
    { cron: '0 2 * * *', timezone: 'Europe/Berlin', catchupWindow: 172_800_000, overlap: 'buffer_one' },
    { interval: '1d', name: 'daily', timezone: 'Europe/Berlin', catchupWindow: 172_800_000, overlap: 'skip' },
    { cron: 'CRON_TZ=UTC 5 * * * *', catchupWindow: 172_800_000, overlap: 'buffer_one' },
  ]);
});

test('a condition is an expression with or without its marks', () => {
  const condition = (text: string) =>
    taskOf(`params: { x: {} }\n${taskLines('run: x', `if: ${text}`)}`, 't').condition?.text;
  expect(condition("${{ params.x == 'a' }}")).toBe("params.x == 'a'");
  expect(condition("params.x == 'a'")).toBe("params.x == 'a'");
  expect(condition('false')).toBe('false');
});

test('a task upstream of what is upstream may be named', () => {
  expect(
    problemsOf(`tasks:
  a: { run: x }
  b: { needs: a, run: x }
  c: { needs: b, run: "echo \${{ tasks.a.outputs.n }} \${{ tasks['b'].state }}" }
on_failure: { run: "echo \${{ tasks.c.state }}" }
`),
  ).toEqual([]);
});

test('a mistyped need is told once, not again by the expressions behind it', () => {
  expect(
    problemsOf('tasks:\n  load: { run: x }\n  b: { needs: laod, run: "echo ${{ tasks.load.outputs.n }}" }\n'),
  ).toEqual(['3:15: there is no task "laod" to need | did you mean load?']);
});

test('five thousand tasks in a chain are read within seconds', () => {
  const lines = Array.from({ length: 5000 }, (_, at) =>
    at === 0 ? '  t0: { run: x }' : `  t${at}: { needs: t${at - 1}, run: "echo \${{ tasks.t0.outputs.n }}" }`,
  );
  expect(flowOf(`tasks:\n${lines.join('\n')}\n`).tasks).toHaveLength(5000);
});
