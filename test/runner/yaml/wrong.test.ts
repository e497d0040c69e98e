/** Wrong documents, each with the place and the sentence that its author gets. */
import { expect, test } from 'vitest';
import { problemsOf, taskLines } from './world.ts';

const RUN = 'run: echo hi';
const task = (...lines: string[]) => taskLines(RUN, ...lines);
const two = (...lines: string[]) => `tasks:\n  a: { run: x }\n  b:\n${lines.map((line) => `    ${line}`).join('\n')}\n`;
const items = (...lines: string[]) =>
  two(...lines).replace('{ run: x }', "{ for_each: [1, 2], run: x, files: { m: 'm${{ item }}' } }");
const withParams = (...lines: string[]) =>
  `params:\n  day: { type: date, default: 2026-01-01 }\n${taskLines(...lines)}`;

/** What is written, where it is told, what is said, how it is mended. */
const CASES: readonly (readonly [string, string, string])[] = [
  // the document
  ['nothing at all', '', '1:1: the file is empty | a flow has at least: tasks: { hello: { run: echo hello } }'],
  ['only a comment', '# soon\n', '1:1: the file is empty | a flow has at least: tasks: { hello: { run: echo hello } }'],
  [
    'a list',
    '- a\n',
    '1:1: the file holds a list; a flow is an object (key: value) | a flow has at least: tasks: { hello: { run: echo hello } }',
  ],
  [
    'two documents',
    `${task()}---\na: 1\n`,
    '4:1: a second document begins here; a file holds one flow | put it into a file of its own',
  ],
  ['a tab as indentation', 'tasks:\n\tt:\n', '2:1: a tab cannot indent in YAML | use spaces'],
  [
    'an open quote',
    'name: "x\n',
    '2:1: a quote is not closed | close it, or put the text into the other kind of quotes',
  ],
  [
    'a key twice',
    `name: a\n${task()}name: b\n`,
    '5:1: "name" stands here a second time; the first is in line 1, column 1 | keep one of them',
  ],
  [
    'a task twice',
    'tasks:\n  a: { run: x }\n  a: { run: y }\n',
    '3:3: "a" stands here a second time; the first is in line 2, column 3 | keep one of them',
  ],
  [
    'an alias of nothing',
    task('timeout: *limit'),
    '4:14: there is no anchor "limit" above | an anchor stands before its alias: &limit; a text that begins with * needs quotes',
  ],
  [
    'an alias inside of itself',
    'x-a: &a [*a]\ntasks: { t: { run: x } }\n',
    '1:10: *a stands inside of what it means, and would never end | write it out',
  ],
  [
    'a NUL',
    'name: a\0b\n',
    '1:8: the file holds a NUL character, so it is no text | take it out; in double quotes it can be written as "\\x.."',
  ],
  [
    'a backslash that YAML has no meaning for',
    `name: "a\\*b"\n${task()}`,
    '1:9: \\* is no escape of YAML: in double quotes \\ begins one | put the text into single quotes, or write \\\\ for \\ itself',
  ],
  ['an older YAML', `%YAML 1.1\n---\n${task()}`, '1:1: Weir reads YAML 1.2, not 1.1 | leave the line out'],
  [
    'a tag',
    task('if: !contains(params.x)'),
    '4:9: unresolved tag: !contains(params.x): Weir knows no tags of its own | leave it out, or put the text into quotes',
  ],
  // keys and types
  ['no tasks', 'name: x\n', '1:1: the flow has no tasks | add tasks: { hello: { run: echo hello } }'],
  [
    'a variable without a value',
    'tasks: { a: { run: x, env: { E: } } }\n',
    '1:33: tasks.a.env.E has no value | an empty text is written as ""; else give it a value, or leave it out',
  ],
  ['tasks without a value', 'tasks:\n', '1:7: tasks has no value | such as tasks: { hello: { run: echo hello } }'],
  [
    'tasks as a list',
    'tasks:\n  - run: x\n',
    '2:3: tasks is a list; it must be an object (key: value) | such as tasks: { hello: { run: echo hello } }',
  ],
  ['an unknown key of the flow', `nmae: x\n${task()}`, '1:1: "nmae" is no key of a flow | did you mean name?'],
  ['an unknown key of a task', task('retrys: 3'), '4:5: "retrys" is no key of tasks.t | did you mean retries?'],
  ['the word of another tool', task('depends_on: x'), '4:5: "depends_on" is no key of tasks.t | did you mean needs?'],
  [
    'yes for true',
    task('continue_on_failure: yes'),
    '4:26: tasks.t.continue_on_failure is the text "yes"; it must be true or false | write true',
  ],
  [
    'text for a number',
    task('retries: three'),
    '4:14: tasks.t.retries is the text "three"; it must be a whole number of 0 or more | such as retries: 3',
  ],
  [
    'less than nothing',
    task('retries: -1'),
    '4:14: tasks.t.retries is the number -1; it must be a whole number of 0 or more | such as retries: 3',
  ],
  [
    'half a retry',
    task('retries: 1.5'),
    '4:14: tasks.t.retries is the number 1.5; it must be a whole number of 0 or more | such as retries: 3',
  ],
  [
    'a number for a text',
    `name: 2026\n${task()}`,
    '1:7: name is the number 2026; it must be a text | put it into quotes: "2026"',
  ],
  [
    'a number where quotes would be no remedy',
    task('for_each: 3'),
    '4:15: tasks.t.for_each is the number 3; it must be a text or a list or an object (key: value) | such as for_each: ${{ params.alphas }}',
  ],
  [
    'an expression where none is replaced',
    task('retries: ${{ params.n }}'),
    '4:14: tasks.t.retries is the text "${{ params.n }}"; it must be a whole number of 0 or more | such as retries: 3',
  ],
  [
    'an expression in a description',
    task('description: ${{ params.n }}'),
    '4:18: ${{ }} is not replaced in tasks.t.description, which is read before a run begins | such as description: fetches the week',
  ],
  ['a bare duration', task('timeout: 10'), '4:14: tasks.t.timeout is 10: 10 what? | write 10s, 10m or 10h'],
  ['a bare duration in quotes', task('timeout: "10"'), '4:14: tasks.t.timeout is 10: 10 what? | write 10s, 10m or 10h'],
  [
    'no duration',
    task('timeout: soon'),
    '4:14: tasks.t.timeout: "soon" is not a duration | write it like "250ms", "90s", "1h30m", "7d" or "1w"',
  ],
  [
    'a number too large to be kept',
    withParams(RUN, 'env: { A: 99999999999999999999 }'),
    '6:15: 99999999999999999999 is larger than a number can be kept exactly | put it into quotes',
  ],
  [
    'a name that no flow may have',
    `name: a/b\n${task()}`,
    '1:7: name is the text "a/b"; it must be a name without / % & < >, of at most 200 characters, and not . or .., which mean a folder | such as name: nightly-etl',
  ],
  [
    'a name that means a folder',
    `name: ..\n${task()}`,
    '1:7: name is the text ".."; it must be a name without / % & < >, of at most 200 characters, and not . or .., which mean a folder | such as name: nightly-etl',
  ],
  [
    'a name that no task may have',
    'tasks:\n  a%b: { run: x }\n',
    '2:3: "a%b" cannot be the name of a task; it must be a name without / % & < >, of at most 200 characters | such as tasks: { hello: { run: echo hello } }',
  ],
  [
    'a variable of Weir',
    task('env: { WEIR_RUN: 1 }'),
    '4:12: "WEIR_RUN" cannot be the name of an environment variable; it must be the name of an environment variable: letters, digits and _, not beginning with WEIR_ | such as env: { STAGE: test }',
  ],
  [
    'a limit of half a gpu',
    task('occupies: { gpu: 0 }'),
    '4:22: tasks.t.occupies.gpu is the number 0; it must be a whole number of 1 or more | such as occupies: { gpu: 1 }',
  ],
  [
    'an exit code out of range',
    task('retry_on: [75, 300]'),
    '4:20: tasks.t.retry_on[1] is the number 300; it must be a whole number from 1 to 255 | such as retry_on: [75]',
  ],
  ['venv and conda', `venv: a\nconda: b\n${task()}`, '2:1: a flow has venv or conda, not both | keep one of them'],
  // what a task does
  [
    'nothing to do',
    'tasks:\n  t: {}\n',
    '2:3: task "t" has nothing to do | give it run: COMMAND, flow: FILE or promote: { ... }',
  ],
  [
    'only a name',
    taskLines('name: x'),
    '3:5: task "t" has nothing to do | give it run: COMMAND, flow: FILE or promote: { ... }',
  ],
  [
    'run and flow',
    task('flow: ./other.yaml'),
    '4:5: task "t" has both run and flow | keep one of them; make two tasks of it',
  ],
  ['an empty run', taskLines('run: ""'), '3:10: tasks.t.run is empty | such as run: python extract.py'],
  [
    'parameters for a command',
    task('params: { a: 1 }'),
    '4:5: params of task "t" are given to no flow | they go with flow: FILE; a command reads ${{ params.NAME }}, or $WEIR_PARAM_NAME',
  ],
  [
    'a shell for a subflow',
    taskLines('flow: ./x.yaml', 'shell: bash'),
    '4:5: shell has no meaning for task "t", which is a subflow | say it in that flow, or give it a parameter',
  ],
  [
    'a shell for a list',
    taskLines('run: [a, b]', 'shell: bash'),
    '4:5: a list of arguments is given to no shell | leave shell out, or write run as one text',
  ],
  [
    'a shell nobody knows',
    task('shell: bsah -eu'),
    '4:12: "bsah -eu" is no shell that Weir knows | did you mean bash?',
  ],
  [
    'half a promotion',
    taskLines('promote: { model: m, file: f, metric: rmse, goal: min }'),
    '3:16: tasks.t.promote has no evaluate | add evaluate: python eval.py $WEIR_MODEL',
  ],
  [
    'a goal that is none',
    taskLines('promote: { model: m, file: f, metric: rmse, goal: low, evaluate: x }'),
    '3:55: tasks.t.promote.goal is the text "low"; it must be one of min, max | such as goal: min',
  ],
  [
    'fail_fast without items',
    task('fail_fast: true'),
    '4:5: fail_fast is about the items of a for_each, and there is none | leave it out',
  ],
  // needs
  ['a need that is not there', two('needs: c', 'run: x'), '4:12: there is no task "c" to need | did you mean a?'],
  ['a need of itself', two('needs: b', 'run: x'), '4:12: task "b" needs itself, so it can never run | take it away'],
  [
    'a circle',
    'tasks:\n  a: { run: x, needs: c }\n  b: { run: x, needs: a }\n  c: { run: x, needs: [b] }\n',
    '2:23: these tasks wait for each other, so none can ever run: a needs c, c needs b, b needs a | take one of these needs away',
  ],
  [
    'a trigger rule that is none',
    two('needs: a', 'when: all_sucess', 'run: x'),
    '5:11: tasks.b.when is the text "all_sucess"; it must be one of all_success, all_failed, all_done, one_success, one_failed, none_failed, none_failed_min_one_success, none_skipped, always | did you mean all_success?',
  ],
  [
    'capitals alone',
    'tasks:\n  Load: { run: x }\n  load: { run: y }\n',
    '3:3: tasks "Load" and "load" differ only by capitals, which expressions ignore | give one of them another name',
  ],
  // expressions
  [
    'an expression that is not closed',
    taskLines('run: echo ${{ params.day'),
    "3:15: ${{ is not closed | close it with }}; to get it as text write ${{ '${{' }}",
  ],
  ['an empty expression', taskLines('run: echo ${{ }}'), '3:18: the expression is empty | such as ${{ params.day }}'],
  [
    'a parameter that is not there',
    withParams('run: echo ${{ params.dya }}'),
    '5:19: there is no parameter "dya" | did you mean day?',
  ],
  [
    'a parameter of none',
    taskLines('run: echo ${{ params.x }}'),
    '3:19: there is no parameter "x" | the flow has none',
  ],
  [
    'a name nobody knows',
    taskLines('run: echo ${{ parms.x }}'),
    '3:19: there is nothing named "parms" | did you mean params?',
  ],
  [
    'the word of GitHub',
    two('needs: a', 'run: echo ${{ needs.a.outputs.x }}'),
    '5:19: there is nothing named "needs" | did you mean tasks?',
  ],
  [
    'a function nobody knows',
    taskLines("run: echo ${{ join(slot, ',') }} ${{ upper('x') }}"),
    '3:42: there is no function upper() | there are contains, endsWith, format, fromJSON, join, startsWith, toJSON, case',
  ],
  [
    'a status function',
    task('if: ${{ always() }}'),
    '4:13: there is no function always() | use the trigger rule: when: always',
  ],
  [
    'arithmetic',
    withParams('run: echo ${{ params.day + 1 }}'),
    '5:30: "+" is not expected here | expressions have no arithmetic: calculate in the command',
  ],
  [
    'double quotes',
    withParams('run: echo x', 'if: ${{ params.day == "x" }}'),
    '6:27: ""x"" is not expected here | texts stand in single quotes: \'abc\'',
  ],
  [
    'one equals sign',
    withParams('run: echo x', "if: ${{ params.day = 'x' }}"),
    '6:24: "=" is not expected here | == compares',
  ],
  [
    'text around a condition',
    withParams('run: echo x', "if: ${{ params.day }} == 'x'"),
    '6:9: a condition is one expression: with text around it, it would always be true | write all of it inside: ${{ ... }}',
  ],
  [
    'a secret in an expression',
    taskLines('run: curl ${{ secrets.TOKEN }}'),
    '3:19: a secret cannot stand in an expression: it would be visible to others (in ps) | list it under secrets: [TOKEN], and read the environment variable TOKEN',
  ],
  [
    'an item without items',
    taskLines('run: echo ${{ item }}'),
    '3:19: there is no item in task "t" | only a task with for_each has one',
  ],
  [
    'an item in its own for_each',
    task('for_each: ${{ item.x }}'),
    '4:19: there is no item in task "t" | only a task with for_each has one',
  ],
  [
    'a dimension that is not there',
    taskLines('for_each: { matrix: { lr: [1] } }', 'run: echo ${{ item.rl }}'),
    '4:19: there is no dimension "rl" | did you mean lr?',
  ],
  [
    'a task that is not upstream',
    two('run: echo ${{ tasks.a.outputs.x }}'),
    '4:19: task "a" is not upstream of task "b", so it may not have ended yet | add it: needs: a',
  ],
  [
    'a task that is not there',
    two('needs: a', 'run: echo ${{ tasks.aa.outputs.x }}'),
    '5:19: there is no task "aa" | did you mean a?',
  ],
  ['itself', two('run: echo ${{ tasks.b.outputs.x }}'), '4:19: task "b" names itself: it has no outputs before it ran'],
  [
    'outputs left out',
    two('needs: a', 'run: echo ${{ tasks.a.rows }}'),
    '5:19: a task has no "rows" | did you mean tasks.a.outputs.rows? A task has outputs, files, metrics, state, items, result',
  ],
  [
    'items of a task without',
    two('needs: a', "run: echo ${{ join(tasks.a.items.*.state, ' ') }}"),
    '5:24: task "a" has no items | only a task with for_each has; see tasks.NAME.outputs',
  ],
  [
    'a file of items as if there were one',
    items('needs: a', 'run: cat ${{ tasks.a.files.m }}'),
    '5:18: task "a" has a for_each, so tasks.a.files is a list with one entry for each item: nothing in it is named "m" | did you mean tasks.a.files.*.m, of all items, or tasks.a.files[0].m, of the first?',
  ],
  [
    'an output of items as if there were one',
    items('needs: a', 'run: echo ${{ tasks.A.Outputs.rows.n }}'),
    '5:19: task "a" has a for_each, so tasks.a.outputs is a list with one entry for each item: nothing in it is named "rows" | did you mean tasks.a.outputs.*.rows.n, of all items, or tasks.a.outputs[0].rows.n, of the first?',
  ],
  [
    'a state of items as if there were one',
    items('needs: a', "if: tasks.a.items.state == 'failed'", 'run: x'),
    '5:9: task "a" has a for_each, so tasks.a.items is a list with one entry for each item: nothing in it is named "state" | did you mean tasks.a.items.*.state, of all items, or tasks.a.items[0].state, of the first?',
  ],
  [
    'an item from the end',
    items('needs: a', 'run: echo ${{ tasks.a.outputs[-1].rows }}'),
    '5:19: task "a" has a for_each, so tasks.a.outputs is a list with one entry for each item: nothing in it is named "-1" | items are counted from 0',
  ],
  [
    'outputs of an item left out',
    items('needs: a', 'run: echo ${{ tasks.a.items[0].rows }}'),
    '5:19: an item has no "rows" | did you mean tasks.a.items[0].outputs.rows? An item has item, outputs, files, metrics, state, result',
  ],
  [
    'a file that one item does not hand on',
    items('needs: a', 'run: echo ${{ tasks.a.items[0].files.model }}'),
    '5:19: task "a" hands on no file "model" | it hands on m; declare it there: files: { model: path/to/it }',
  ],
  [
    'a file that no item hands on',
    items('needs: a', 'run: cat ${{ tasks.a.files[1].model }}'),
    '5:18: task "a" hands on no file "model" | it hands on m; declare it there: files: { model: path/to/it }',
  ],
  [
    'a time that slots do not have',
    taskLines('run: echo ${{ slot.begin }}'),
    '3:19: there is no time of the slot "begin" | slot has time, start, end, covers_from',
  ],
  [
    'a for_each without an expression',
    withParams('for_each: params.day', RUN),
    '5:15: for_each must be a list, or one expression that gives a list | such as ${{ params.day }}',
  ],
  // places in scripts
  [
    'a quoted here-document',
    withParams('run: |', "  cat <<'EOF'", '  ${{ params.day }}', '  EOF'),
    "7:11: a value cannot stand in the here-document <<'EOF', in which the shell expands nothing | read $WEIR_PARAM_DAY there",
  ],
  [
    'an output in a quoted here-document',
    two('needs: a', 'run: |', "  cat <<'EOF'", '  ${{ tasks.a.outputs.rows }}', '  EOF'),
    '7:11: a value cannot stand in the here-document <<\'EOF\', in which the shell expands nothing | set env: { ROWS: "${{ tasks.a.outputs.rows }}" }, and read $ROWS there',
  ],
  [
    'a script for Python',
    withParams('shell: python3', 'run: print("${{ params.day }}")'),
    '6:21: ${{ }} cannot stand in a script for python3: a value must never become script text | read os.environ["WEIR_PARAM_DAY"] there',
  ],
  // parameters
  [
    'a parameter without schema',
    `params: { n: 3 }\n${task()}`,
    '1:14: params.n is the number 3; it must be a JSON Schema | such as n: { type: number }; a default stands inside: { type: string, default: x }',
  ],
  [
    'a type that is none',
    `params: { n: { type: int } }\n${task()}`,
    '1:22: params.n: there is no type "int" | did you mean integer?',
  ],
  [
    'a keyword that is none',
    `params: { n: { type: string, minLenght: 3 } }\n${task()}`,
    '1:30: params.n: "minLenght" is no keyword of JSON Schema that Weir knows | did you mean minLength?',
  ],
  [
    'a default against its schema',
    `params: { n: { type: integer, maximum: 3, default: 4 } }\n${task()}`,
    '1:52: the default of params.n does not satisfy its own schema: expected 3 or less, and it is the number 4',
  ],
  [
    'a day that does not exist',
    `params: { d: { type: date, default: 2026-02-30 } }\n${task()}`,
    '1:37: the default of params.d does not satisfy its own schema: expected a date such as 2026-11-16, and it is the text "2026-02-30"',
  ],
  [
    'a default that names a task',
    `params: { d: { default: "\${{ tasks.t.outputs.x }}" } }\n${task()}`,
    '1:30: tasks cannot be named in the default of a parameter: it is read before any of them runs | it may name slot, run, variables',
  ],
  [
    'two that become one variable',
    `params: { a-b: {}, a_b: {} }\n${task()}`,
    '1:20: params "a-b" and "a_b" both become the variable WEIR_PARAM_A_B | give one of them another name',
  ],
  // schedules
  [
    'a minute that is none',
    `schedule: "99 2 * * *"\n${task()}`,
    '1:11: schedule: "99" is not a valid minute in "99 2 * * *" | a minute is 0-59; lists 1,2, ranges 1-5 and steps */2 are possible',
  ],
  [
    'a schedule without a time',
    `schedule: { name: x }\n${task()}`,
    '1:13: schedule has no time | give it one of cron, interval and rrule',
  ],
  [
    'a mistyped setting',
    `schedule: { cron: "0 2 * * *", timezon: UTC }\n${task()}`,
    '1:32: "timezon" is no key of schedule | did you mean timezone?',
  ],
  [
    'a zone that is none',
    `schedule: "0 2 * * *"\ntimezone: Europe/Berln\n${task()}`,
    '2:11: timezone: "Europe/Berln" is not a known time zone | did you mean Europe/Berlin or Europe/Dublin?',
  ],
  [
    'a bare interval',
    `schedule: { interval: 90 }\n${task()}`,
    '1:23: schedule.interval is 90: 90 what? | write 90s, 90m or 90h',
  ],
  [
    'the same schedule twice',
    `schedule: ["0 2 * * *", "0 2 * * *"]\n${task()}`,
    '1:25: schedule[1] is the same schedule as schedule[0] | give each a name of its own, or keep one of them',
  ],
];

test.each(CASES)('%s is told with its place and its remedy', (_, text, problem) => {
  expect(problemsOf(text)).toEqual([problem]);
});

test.each([
  [
    'when without needs',
    task('when: all_done'),
    '4:5: warning: when has no effect on task "t", which needs nothing | add needs: TASK, or leave it out',
  ],
  [
    'retry_delay without retries',
    task('retry_delay: 5s'),
    '4:5: warning: retry_delay has no effect without retries | add retries: 3',
  ],
  ['an empty list of items', task('for_each: []'), '4:15: warning: for_each is an empty list: nothing will run'],
  [
    'a file that nobody declared',
    two('needs: a', 'run: cat ${{ tasks.a.files.rows }}'),
    '5:18: warning: task "a" hands on no file "rows" | declare it there: files: { rows: path/to/it }',
  ],
  [
    'notify',
    `notify: me\n${task()}`,
    '1:1: warning: notify is understood, but this version of Weir does not act on it yet',
  ],
  [
    'a value that a second shell would run',
    withParams("run: bash -c 'echo ${{ params.day }}'"),
    '5:28: warning: bash takes this value for code and runs it, whatever quotes are around it | read "$WEIR_PARAM_DAY" there, inside single quotes',
  ],
])('%s is a warning, and the flow is valid', (_, text, warning) => {
  expect(problemsOf(text)).toEqual([warning]);
});

test('a limit that nobody declared is an error where all limits are known, and none elsewhere', () => {
  const text = task('occupies: { gpu: 1 }');
  expect(problemsOf(text)).toEqual([]);
  expect(problemsOf(text, { limits: new Map([['gpu', 1]]) })).toEqual([]);
  expect(problemsOf(text, { limits: new Map([['gpus', 1]]) })).toEqual([
    '4:17: nobody declared the limit "gpu" | did you mean gpus?',
  ]);
  expect(problemsOf(`concurrency_limits: { gpu: 1 }\n${task('occupies: { gpu: 2 }')}`)).toEqual([
    '5:22: task "t" occupies 2 of "gpu", whose capacity is 1: it would wait for ever | occupy less, or raise the capacity',
  ]);
});

test('what GitHub calls include and exclude of a matrix is refused, where it would multiply the items', () => {
  const matrix = (more: string) => taskLines(`for_each: { matrix: { lr: [1, 2], ${more} } }`, RUN);
  expect(problemsOf(matrix('exclude: [{ lr: 1 }]'))).toEqual([
    '3:39: exclude of a matrix is a dimension here as any other, and changes no combination of the others | leave combinations out by a condition: if: ${{ !(item.lr == 0.1 && item.depth == 3) }}',
  ]);
  expect(problemsOf(matrix('include: [{ lr: 3 }]'))).toEqual([
    '3:39: include of a matrix is a dimension here as any other, and changes no combination of the others | write the combinations as a list instead: for_each: [{ lr: 0.1, depth: 3 }, { lr: 1, depth: 5 }]',
  ]);
  expect(problemsOf(matrix('include: [a, b]'))).toEqual([]);
});

test('a file that is not UTF-8 says where', () => {
  expect(problemsOf(new Uint8Array([...Buffer.from('name: a\nx: '), 0xe4, 0x0a]))).toEqual([
    '2:4: the file is not UTF-8 | save it as UTF-8',
  ]);
  expect(problemsOf(new Uint8Array([0xff, 0xfe, 0x61, 0x00]))).toEqual([
    '1:1: the file is written in UTF-16 | save it as UTF-8',
  ]);
});

test('a billion laughs are refused, in no time', () => {
  const lines = ['x-0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]'];
  for (let at = 1; at < 10; at++)
    lines.push(
      `x-${at}: &a${at} [${Array(9)
        .fill(`*a${at - 1}`)
        .join(', ')}]`,
    );
  const [first, ...rest] = problemsOf(`${lines.join('\n')}\n${task()}`);
  expect(first).toMatch(/the file has more than 100000 values, those behind aliases counted each time/);
  expect(rest.length).toBeLessThan(5);
});

test('what stands before a broken place is told together with it; what may stand behind it is not missed', () => {
  expect(problemsOf('retries: many\ntasks:\n  a: { run: x, needs: b }\n  b: {\n')).toEqual([
    '1:10: retries is the text "many"; it must be a whole number of 0 or more | such as retries: 1',
    '5:1: a bracket is not closed | close it, or indent what stands inside',
  ]);
});

test('ten mistakes are ten errors, in the order of the file, each with line, column and remedy', () => {
  const text = `name: ten/mistakes
schedule: "0 25 * * *"
parms: {}
params:
  day: { type: dat }
tasks:
  load:
    run: load \${{ params.dya }}
    timeout: 30
  load:
    run: again
  train:
    needs: laod
    when: all_don
    run: train \${{ secrets.TOKEN }}
    retries: lots
`;
  const problems = problemsOf(text);
  expect(problems.map((problem) => problem.split(': ')[0])).toEqual([
    ...['1:7', '2:11', '3:1', '5:16', '8:19', '9:14', '10:3', '13:12', '14:11', '15:20', '16:14'],
  ]);
  expect(problems.filter((problem) => !problem.includes(' | '))).toEqual([]);
});

test('a script that never ends is told where it stands', () => {
  expect(problemsOf(taskLines('run: |', '  echo "${{ run.id }}'))).toEqual([
    '3:10: the script ends inside a double quote that is not closed, so its values cannot be placed | close it',
  ]);
});

test.each([
  'tasks.a.files[1].m',
  "tasks.a.files['0'].m",
  'join(tasks.a.files.*.m)',
  'toJSON(tasks.a.files)',
  'tasks.a.outputs[params.at].rows',
  'tasks.a.items[0].outputs.rows',
  'tasks.a.items[0].files.m',
  'tasks.a.items[1].item.items',
  'tasks.a.metrics[0].rmse',
  'tasks.a.state',
])('of a task with items is right: %s', (text) => {
  expect(problemsOf(`params: { at: { default: 0 } }\n${items('needs: a', `run: echo \${{ ${text} }}`)}`)).toEqual([]);
});
