/**
 * The format of YAML flows: every key, what it may hold, and what it means. The only place where a key is added.
 */
import { HOST_KINDS } from '../../model/message.ts';
import { RULE_WORDS, TRIGGER_RULES } from '../../model/trigger.ts';
import {
  BOOLEAN,
  DURATION,
  either,
  type Field,
  type Fields,
  field,
  integer,
  type KeyRule,
  listOf,
  oneOf,
  oneOrMore,
  type Shape,
  type TextRule,
  template,
  text,
} from './shape.ts';

const VARIABLE: TextRule = {
  pattern: /^(?!WEIR_)[A-Za-z_][A-Za-z0-9_]*$/,
  says: 'the name of an environment variable: letters, digits and _, not beginning with WEIR_',
};
const NAME: TextRule = {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  pattern: /^(?=.*\S)[^/%&<>\u0000-\u001f\u007f]{1,200}$/u,
  says: 'a name without / % & < >, of at most 200 characters',
};
const FLOW_NAME: TextRule = {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  pattern: /^(?!\.{1,2}$)(?=.*\S)[^/%&<>\u0000-\u001f\u007f]{1,200}$/u,
  says: `${NAME.says}, and not . or .., which mean a folder`,
};
const PARAMETER: TextRule = {
  pattern: /^[A-Za-z_][A-Za-z0-9_-]*$/,
  says: 'a name of letters, digits, _ and -, so that ${{ params.NAME }} can say it',
};
const EXTENSION: TextRule = { pattern: /\S/, says: 'a text' };

const variables: Shape = {
  kind: 'map',
  of: template({ takesAny: true, canBeEmpty: true }),
  keys: { what: 'environment variable', rule: VARIABLE },
};
const limits: KeyRule = { what: 'limit' };
const script = either(template(), { kind: 'list', of: template({ takesAny: true, canBeEmpty: true }), isFilled: true });
const retryDelay = either(DURATION, listOf(DURATION), {
  kind: 'object',
  name: 'retry_delay',
  required: ['exponential'],
  fields: {
    exponential: field(DURATION, 'The first delay.', 'exponential: 10s'),
    factor: field(
      { kind: 'number', least: 1 },
      'How much longer each delay is than the one before. Default 2.',
      'factor: 2',
    ),
    max: field(DURATION, 'No delay is longer. Default 1h.', 'max: 1h'),
  },
});
const data: Shape = { kind: 'data' };

/** Keys that tasks, handlers, `defaults` and the flow itself share. */
const surroundings = {
  env: field(variables, 'Environment variables; ${{ }} may stand in their values.', 'env: { STAGE: test }'),
  env_file: field(oneOrMore(text()), 'Files of NAME=value lines, relative to the flow file.', 'env_file: .env'),
  secrets: field(
    oneOrMore(text({ rule: VARIABLE })),
    'Names of secrets that arrive as environment variables; masked in logs and pages.',
    'secrets: [DB_PASSWORD]',
  ),
  shell: field(text(), 'What scripts are given to. Default: bash -eo pipefail, else sh -e.', 'shell: bash -eu'),
  working_dir: field(
    template(),
    'Folder that commands run in. Default: the folder of the flow file.',
    'working_dir: jobs',
  ),
} satisfies Fields;

const retries = {
  retries: field(integer(0), 'How often a failure is tried again. Default 0.', 'retries: 3'),
  retry_delay: field(
    retryDelay,
    'How long to wait before each retry; the last of a list repeats.',
    'retry_delay: [10s, 1m]',
  ),
  retry_jitter: field(
    { kind: 'number', least: 0 },
    '0.5 makes each delay up to half as long again.',
    'retry_jitter: 0.5',
  ),
  timeout: field(DURATION, 'Time that one attempt may take.', 'timeout: 30m'),
} satisfies Fields;

const tags: Field = field(
  oneOrMore(text({ takesAny: true })),
  'Labels; a task that has tag x occupies the limit tag:x.',
  'tags: [nightly]',
);
const occupies: Field = field(
  { kind: 'map', of: integer(1), keys: limits },
  'How much of which concurrency limits a running attempt holds.',
  'occupies: { gpu: 1 }',
);
const maxConcurrency = (what: string) => field(integer(1), what, 'max_concurrency: 4');
const continueOnFailure = field(BOOLEAN, 'Its failure does not fail the flow.', 'continue_on_failure: true');
const failFast = field(BOOLEAN, 'A failed item keeps those from starting that have not begun.', 'fail_fast: true');
const retryOn = field(
  oneOrMore(integer(1, 255)),
  'Exit codes that are retried; without it, every failure is.',
  'retry_on: [75]',
);

const promote: Shape = {
  kind: 'object',
  name: 'promote',
  required: ['model', 'file', 'metric', 'goal', 'evaluate'],
  fields: {
    model: field(text({ rule: NAME }), 'Name of the model in the registry.', 'model: temperature'),
    file: field(template(), 'The candidate: a file.', 'file: ${{ tasks.train.files.model }}'),
    metric: field(text(), 'What the evaluation prints or writes to $WEIR_METRICS.', 'metric: rmse'),
    goal: field(oneOf('min', 'max'), 'Whether lower or higher is better.', 'goal: min'),
    margin: field(
      { kind: 'number', least: 0 },
      'How much better it must be. Default 0: strictly better.',
      'margin: 0.01',
    ),
    minimum: field(
      { kind: 'number', least: Number.NEGATIVE_INFINITY },
      'What every candidate must reach, the first one too.',
      'minimum: 2.5',
    ),
    evaluate: field(
      template(),
      'Command that evaluates the model in $WEIR_MODEL.',
      'evaluate: python eval.py $WEIR_MODEL',
    ),
    data: field(
      oneOrMore(template()),
      'Files with the held-out data; their contents are part of the decision.',
      'data: [holdout.parquet]',
    ),
    params: field(
      { kind: 'map', of: data, keys: { what: 'parameter' } },
      'What the version was made with, as the registry keeps it. Default: the parameters of the run, and the item.',
      'params: { alpha: "${{ tasks.choose.outputs.alpha }}" }',
    ),
    tags: field(
      { kind: 'map', of: template({ takesAny: true, canBeEmpty: true }), keys: { what: 'tag' } },
      'Labels that the version gets in the registry.',
      'tags: { week: "${{ params.week }}" }',
    ),
  },
};

export const TASK_FIELDS: Fields = {
  run: field(script, 'A script for the shell, or a list of arguments without a shell.', 'run: python extract.py'),
  needs: field(oneOrMore(text({ takesAny: true })), 'Tasks that must have ended before.', 'needs: extract'),
  when: field(
    oneOf(...TRIGGER_RULES),
    `Trigger rule, over what it needs. ${TRIGGER_RULES.map((rule) => `${rule}: ${RULE_WORDS[rule]}`).join('; ')}. Default all_success.`,
    'when: all_done',
  ),
  if: field(either(template(), BOOLEAN), 'Skipped when this is false.', 'if: ${{ tasks.extract.outputs.rows > 0 }}'),
  for_each: field(
    either(
      template(),
      { kind: 'list', of: data },
      {
        kind: 'object',
        name: 'for_each',
        required: ['matrix'],
        fields: {
          matrix: field(
            {
              kind: 'map',
              of: either(template(), { kind: 'list', of: data }),
              keys: { what: 'dimension', rule: PARAMETER },
              isFilled: true,
            },
            'Every combination of these lists; ${{ item.NAME }} is one value.',
            'matrix: { lr: [0.1, 1], depth: [3, 5] }',
          ),
        },
      },
    ),
    'One task run for each item of a list; ${{ item }} is the item.',
    'for_each: ${{ params.alphas }}',
  ),
  max_concurrency: maxConcurrency('How many of its items run at once.'),
  name: field(template(), 'What its runs are called in terminal and page.', 'name: train alpha=${{ item }}'),
  description: field(text(), 'What it is for.', 'description: fetches the week'),
  ...retries,
  retry_on: retryOn,
  cache: field(
    {
      kind: 'object',
      name: 'cache',
      fields: {
        key: field(
          template({ takesAny: true }),
          'What the result depends on. Default: everything that the task is given. With for_each the item is part of it, too, unless the key names ${{ item }} itself; of a matrix always.',
          'key: ${{ params.day }}',
        ),
        files: field(
          oneOrMore(template()),
          'Files whose contents are part of the key; a pattern stands for all that it matches.',
          'files: [extract.py]',
        ),
        expires: field(DURATION, 'How long a result is kept. Default: for ever.', 'expires: 7d'),
        refresh: field(BOOLEAN, 'True runs in any case, and replaces what was kept.', 'refresh: true'),
      },
    },
    'Reuse of its result in later flow runs.',
    'cache: { key: "${{ params.day }}", files: [extract.py], expires: 7d }',
  ),
  code: field(
    oneOrMore(text()),
    'Further files (globs) that are part of its code: it runs again when they change.',
    'code: [src/**/*.py]',
  ),
  files: field(
    { kind: 'map', of: template(), keys: { what: 'file', rule: PARAMETER } },
    'Files that it hands on: later tasks get their paths by ${{ tasks.NAME.files.FILE }}.',
    'files: { model: model.pkl }',
  ),
  ...surroundings,
  tags,
  occupies,
  continue_on_failure: continueOnFailure,
  fail_fast: failFast,
  promote: field(
    promote,
    'Promotes a model if it is better than the one in production. Hands on promoted, candidate, candidate_value, production, production_value and reason.',
    'promote: { model: m, file: m.pkl, metric: rmse, goal: min, evaluate: "python eval.py $WEIR_MODEL" }',
  ),
  flow: field(text(), 'Another flow, as a subflow: its file, file:name, or name.', 'flow: ./other.yaml'),
  params: field(
    { kind: 'map', of: data, keys: { what: 'parameter' } },
    'Parameters of that flow.',
    'params: { day: "${{ params.day }}" }',
  ),
};

/** What `defaults` may say for all tasks. */
export const DEFAULT_FIELDS: Fields = {
  ...retries,
  retry_on: retryOn,
  max_concurrency: maxConcurrency('How many items of each for_each run at once.'),
  ...surroundings,
  tags,
  occupies,
  continue_on_failure: continueOnFailure,
  fail_fast: failFast,
};

export const HANDLER_FIELDS: Fields = {
  run: TASK_FIELDS.run as Field,
  ...retries,
  timeout: field(DURATION, 'Time that one try may take. Default 10m.', 'timeout: 1m'),
  ...surroundings,
};

const catchup = field(
  oneOf('latest', 'skip', 'all'),
  'What becomes of due times that were missed. Default latest: one run.',
  'catchup: skip',
);
const catchupWindow = field(DURATION, 'Only due times younger than this are caught up.', 'catchup_window: 2d');
const overlap = field(
  oneOf('skip', 'buffer_one', 'allow_all'),
  'What to do while the previous run is still going. Default skip.',
  'overlap: buffer_one',
);
const timezone = field(text(), 'Zone that due times are read in.', 'timezone: Europe/Berlin');

export const SCHEDULE_FIELDS: Fields = {
  name: field(text(), 'Keeps its identity when its text changes.', 'name: nightly'),
  cron: field(text(), 'Five fields as in crontab.', 'cron: "0 6 * * MON"'),
  interval: field(DURATION, 'A fixed distance.', 'interval: 90m'),
  rrule: field(text(), 'RFC 5545, with DTSTART.', 'rrule: "DTSTART:20260101T020000Z\\nRRULE:FREQ=DAILY"'),
  timezone,
  catchup,
  catchup_window: catchupWindow,
  overlap,
  jitter: field(
    either(DURATION, {
      kind: 'object',
      name: 'jitter',
      required: ['max'],
      fields: {
        max: field(DURATION, 'The longest delay.', 'max: 5m'),
        each: field(BOOLEAN, 'Drawn anew for each due time.', 'each: true'),
      },
    }),
    'Spreads the starts of many machines.',
    'jitter: 5m',
  ),
  day_or: field(BOOLEAN, 'False: day of month and day of week must both fit.', 'day_or: false'),
  seconds: field(BOOLEAN, 'True: the expression begins with seconds.', 'seconds: true'),
  anchor: field(text(), 'Where an interval is counted from.', 'anchor: 2026-01-01T06:00'),
};

const schedule: Shape = either(text(), { kind: 'object', name: 'schedule', fields: SCHEDULE_FIELDS });
const handler: Shape = { kind: 'object', name: 'handler', fields: HANDLER_FIELDS, required: ['run'] };
const handlerExample = (name: string) => `${name}: { run: ./page-me.sh }`;

export const FLOW_FIELDS: Fields = {
  name: field(text({ rule: FLOW_NAME }), 'Default: the name of the file.', 'name: nightly-etl'),
  description: field(text({ canBeEmpty: true }), 'What it is for.', 'description: loads the day'),
  schedule: field(
    either(schedule, listOf(schedule)),
    'When it is due: cron, interval or rrule, or a list of them.',
    'schedule: "0 2 * * *"',
  ),
  timezone,
  params: field(
    { kind: 'map', of: { kind: 'schema' }, keys: { what: 'parameter', rule: PARAMETER } },
    'Parameters, each by its JSON Schema. One without default must be given.',
    'params: { day: { type: date, default: "${{ slot.start }}" } }',
  ),
  ...surroundings,
  inherit_env: field(
    either(
      oneOf('all', 'none'),
      listOf(text({ rule: { pattern: /^[A-Za-z_][A-Za-z0-9_]*$/, says: 'the name of an environment variable' } })),
    ),
    'What commands get of the environment that Weir runs in. Default all.',
    'inherit_env: [PATH, HOME]',
  ),
  venv: field(text(), 'Python environment that commands find first in PATH.', 'venv: ./venv'),
  conda: field(text(), 'Conda environment, by name or path.', 'conda: ml'),
  tags,
  queue: field(text(), 'Work queue of its runs.', 'queue: gpu'),
  infrastructure: field(oneOf(...HOST_KINDS), 'What its runs execute in.', 'infrastructure: process'),
  max_concurrency: maxConcurrency(
    'Tasks that run at once. Default: the number of cores, or more where a task says so for its items.',
  ),
  ...retries,
  retries: field(
    integer(0),
    'How often a failed run is tried again; finished tasks are reused. For tasks see defaults.',
    'retries: 1',
  ),
  timeout: field(DURATION, 'Time that an attempt of the whole run may take.', 'timeout: 2h'),
  crash_retries: field(integer(0), 'How often a run whose process died is resumed. Default 2.', 'crash_retries: 2'),
  concurrency: field(integer(1), 'Runs of its deployment at once.', 'concurrency: 1'),
  pause_after_failures: field(
    integer(1),
    'Scheduled runs that fail in a row until its deployment is paused. Default: never.',
    'pause_after_failures: 5',
  ),
  overlap,
  catchup,
  catchup_window: catchupWindow,
  concurrency_limits: field(
    { kind: 'map', of: integer(0), keys: limits },
    'Capacities of the limits that its tasks occupy.',
    'concurrency_limits: { gpu: 1 }',
  ),
  defaults: field(
    { kind: 'object', name: 'defaults', fields: DEFAULT_FIELDS },
    'What holds for every task that does not say it itself.',
    'defaults: { retries: 2, timeout: 30m }',
  ),
  tasks: field(
    {
      kind: 'map',
      of: { kind: 'object', name: 'task', fields: TASK_FIELDS },
      keys: { what: 'task', rule: NAME },
      isFilled: true,
    },
    'Its tasks, by name.',
    'tasks: { hello: { run: echo hello } }',
  ),
  on_completion: field(handler, 'Runs after a run that completed.', handlerExample('on_completion')),
  on_failure: field(handler, 'Runs after a run that failed or crashed.', handlerExample('on_failure')),
  on_cancellation: field(handler, 'Runs after a run that was cancelled.', handlerExample('on_cancellation')),
  notify: field(oneOrMore(text()), 'Whom to tell.', 'notify: me@example.org'),
};

/** The flow as a whole. Keys that begin with `x-` hold what anchors share. */
export const FLOW_SHAPE: Extract<Shape, { kind: 'object' }> = {
  kind: 'object',
  name: 'flow',
  fields: FLOW_FIELDS,
  required: ['tasks'],
};

export const isExtension = (key: string): boolean => key.startsWith('x-') && EXTENSION.pattern.test(key);
