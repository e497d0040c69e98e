import { existsSync, readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { type EndedRun, engineWorld, type RunOptions, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

async function runYaml(text: string, options?: RunOptions): Promise<EndedRun> {
  return world.runFile(world.write('flow.yaml', text), options);
}

const latest = (run: EndedRun, name: string) => run.tasks.filter((task) => task.name === name).at(-1);

describe('a command of a YAML flow', () => {
  it('E71: whose exit code is not 0 fails with its code and last lines; retry_on retries only its own code', async () => {
    const run = await runYaml(`
tasks:
  other: { run: 'echo tried >> other; echo why >&2; exit 3', retries: 2, retry_on: [75] }
  busy: { run: 'echo tried >> busy; test $WEIR_ATTEMPT = 2 || exit 75', retries: 2, retry_on: [75] }
`);
    expect(run.task('other').error).toMatchObject({ exit_code: 3, last_lines: ['why'] });
    expect(run.task('busy').state.type).toBe('COMPLETED');
    expect([world.lines('other'), world.lines('busy')].map((lines) => lines.length)).toEqual([1, 2]);
  });

  it('E72: hands on outputs and files by name to the tasks that need it', async () => {
    const run = await runYaml(`
tasks:
  train:
    run: |
      echo rows=3 >> $WEIR_OUTPUT; echo version=1.10 >> $WEIR_OUTPUT
      echo weights > model.pkl
    files: { model: model.pkl }
  use:
    needs: train
    run: "echo '\${{ tasks.train.outputs.rows }} \${{ tasks.train.outputs.version }}' > told; cp \${{ tasks.train.files.model }} . && cp $WEIR_INPUTS inputs.json"
`);
    expect(run.state.type).toBe('COMPLETED');
    expect(world.lines('told')).toEqual(['3 1.10']);
    expect(world.lines('model.pkl')).toEqual(['weights']);
    expect(readFileSync(`${world.folder}/inputs.json`, 'utf8')).toContain('1.10');
  });

  it('E73: gets a value byte for byte, wherever it stands, and executes nothing of it', async () => {
    const value = `$(touch pwned) \`touch pwned\` '; touch pwned; ' "; touch pwned; " * ?\n\\n $HOME \${HOME} ${'x'.repeat(100_000)}`;
    const run = await runYaml(
      `
params: { value: { type: string }, many: { type: array, items: { type: string } } }
tasks:
  bare: { run: 'printf %s \${{ params.value }} > bare' }
  double: { run: 'printf %s "\${{ params.value }}" > double' }
  single: { run: "printf %s '\${{ params.value }}' > single" }
  nested: { run: 'printf %s "$(printf %s "\${{ params.value }}")" > nested' }
  here:
    run: |
      cat > here <<END
      \${{ params.value }}
      END
  list: { run: [sh, -c, 'printf %s "$1" > list', sh, '\${{ params.value }}'] }
  words: { run: 'printf "[%s]" \${{ params.many }} > words' }
  listed: { run: [sh, -c, 'printf "[%s]" "$@" > listed', sh, '\${{ params.many }}'] }
`,
      { params: { value, many: ['a b', '$(touch pwned)', ''] } },
    );
    expect(run.state.type).toBe('COMPLETED');
    for (const name of ['bare', 'double', 'single', 'nested', 'list'])
      expect(readFileSync(`${world.folder}/${name}`, 'utf8'), name).toBe(value);
    expect(readFileSync(`${world.folder}/here`, 'utf8')).toBe(`${value}\n`);
    for (const name of ['words', 'listed'])
      expect(readFileSync(`${world.folder}/${name}`, 'utf8'), name).toBe('[a b][$(touch pwned)][]');
    expect(existsSync(`${world.folder}/pwned`)).toBe(false);
  });

  it('E78: is given its arguments without a shell, or a shell of its own; one that does not exist is a clear error', async () => {
    const run = await runYaml(`
tasks:
  list: { run: [printf, '[%s]', '$HOME; *', 'a  b'], continue_on_failure: true }
  own: { run: 'echo $-', shell: bash -eu }
  perl: { run: 'print $ENV{WEIR_TASK}', shell: perl }
`);
    expect(run.texts('list')).toEqual(['[$HOME; *][a  b]']);
    expect(run.texts('own').join()).toContain('u');
    expect(run.texts('perl')).toEqual(['perl']);
    const missing = await runYaml("tasks: { it: { run: 'true', shell: /no/such/shell -x } }");
    expect(missing.task('it').state.message).toContain('the shell "/no/such/shell -x" cannot be started');
  });

  it('runs again when a file that it names, or one of its code globs, has changed', async () => {
    world.write('fetch.sh', 'true');
    world.write('lib/a.sql', 'select 1');
    const text = `
tasks:
  fetch: { run: sh fetch.sh }
  query: { run: [echo, query], code: ['lib/*.sql'] }
  other: { run: echo other }
  last: { needs: [fetch, query, other], run: test -e go }
`;
    const first = await runYaml(text);
    expect(first.task('last').state.type).toBe('FAILED');
    world.write('go', '');
    world.write('fetch.sh', 'echo changed');
    world.write('lib/a.sql', 'select 2');
    const second = await world.retry(first.id);
    expect(second.state.type).toBe('COMPLETED');
    expect(latest(second, 'fetch')?.why).toBe('ran again: file changed');
    expect(latest(second, 'query')?.why).toBe('ran again: file changed');
    expect(latest(second, 'other')?.why).toBe('reused from attempt 1');
  });
});
