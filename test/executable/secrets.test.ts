/** Secrets and variables at the command line: how a value comes in, and that it comes out nowhere. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hasPseudoTerminal } from '../support/terminal.ts';
import { EXECUTABLE, type Outcome, type World, waitFor, weirWorld } from '../support/weir.ts';

const VALUE = 'hunter2-Zebra/"quoted"';
/** What no file and no process may show of it. */
const TRACES = ['hunter2-Zebra', Buffer.from(VALUE).toString('base64').slice(0, 20)];

function world(): World & { secret(name: string, value: string): Promise<Outcome>; readonly env: object } {
  const inner = weirWorld();
  const env = { WEIR_KEY_FILE: join(inner.folder, 'keys', 'weir.key') };
  return {
    ...inner,
    env,
    weir: (args, options = {}) => inner.weir(args, { ...options, env: { ...env, ...options.env } }),
    start: (args, options = {}) => inner.start(args, { ...options, env: { ...env, ...options.env } }),
    json: (args, options = {}) => inner.json(args, { ...options, env: { ...env, ...options.env } }),
    secret(name, value) {
      const file = inner.write('value', value);
      const argv = [
        '/bin/sh',
        '-c',
        `"$0" secret set ${name} < '${file}'; code=$?; rm '${file}'; exit $code`,
        EXECUTABLE,
      ];
      return inner.weir([], { argv, env });
    },
  };
}

/** Names of the files below the folder that hold a trace; not those that the test has written itself. */
function filesWithTraces(folder: string, except: readonly string[] = []): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (except.includes(name)) return [];
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory()) return filesWithTraces(path, except);
    const bytes = stats === undefined ? '' : bytesOf(path);
    return TRACES.some((trace) => bytes.includes(trace)) ? [path] : [];
  });
}

/** Nothing where it went while the folder was looked through: a living process has files that come and go. */
function bytesOf(path: string): Buffer | string {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Command lines of living processes of this machine that hold a trace, this test's own aside. */
function commandLinesWithTraces(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => textOf(`/proc/${pid}/cmdline`))
    .filter((line) => TRACES.some((trace) => line.includes(trace)));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

test("a secret is set from standard input, listed without its value, and unset; its key is its owner's alone", async () => {
  const { secret, weir, json, folder, db } = world();
  expect(await secret('DB_PASSWORD', `${VALUE}\n`)).toMatchObject({
    code: 0,
    stdout: '',
    stderr: expect.stringContaining('keep a copy of it in another place'),
  });
  expect(await secret('DB_PASSWORD', `${VALUE}\n`)).toMatchObject({ stderr: /has a new value/ });
  expect(await json(['secret', 'ls'])).toMatchObject({
    schema: 'weir.secrets/1',
    items: [{ name: 'DB_PASSWORD', problem: null }],
  });
  expect(statSync(join(folder, 'keys', 'weir.key')).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(db, '..')).filter((name) => /key/.test(name))).toEqual([]);
  expect((await weir(['sql', 'select * from secrets', '--json'])).stdout).not.toMatch(/sealed|nonce/);
  expect(await weir(['secret', 'unset', 'DB_PASWORD'])).toMatchObject({ code: 1, stderr: /did you mean DB_PASSWORD/ });
  expect(await weir(['secret', 'unset', 'DB_PASSWORD'])).toMatchObject({ code: 0 });
  expect(await json(['secret', 'ls'])).toMatchObject({ items: [] });
  expect(filesWithTraces(folder)).toEqual([]);
});

test('a value on the command line is refused, and repeated nowhere', async () => {
  const { weir, db } = world();
  for (const args of [['TOKEN', VALUE], [`TOKEN=${VALUE}`], ['TOKEN', '--', VALUE]]) {
    const { code, stdout, stderr } = await weir(['secret', 'set', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/never given on the command line[\s\S]*weir secret set TOKEN < FILE/);
    expect(stderr).not.toContain('hunter2');
  }
  expect(await weir(['secret', 'set', 'TOKEN'])).toMatchObject({ code: 2, stderr: /standard input held no value/ });
  expect(existsSync(db)).toBe(false);
});

test.skipIf(!hasPseudoTerminal)(
  'at a terminal the value is asked for and not shown, typed or pasted in lines',
  async () => {
    const { start, weir, folder, write } = world();
    const keys = join(folder, 'keyboard');
    execFileSync('mkfifo', [keys]);
    write(
      'flow.ts',
      `import { flow, secrets } from 'weir';
    export default flow(async () => [...(await secrets.get('TOKEN'))].map((each) => each.charCodeAt(0)));`,
    );
    const typedIn = async (text: string) => {
      const command = `exec 0<>'${keys}'; exec script -qec "'$0' secret set TOKEN" /dev/null`;
      const going = start([], { argv: ['/bin/sh', '-c', command, EXECUTABLE], env: { TERM: 'xterm' } });
      await going.until(/value of TOKEN \(not shown\): /);
      appendFileSync(keys, text);
      return going.ended;
    };
    const value = async () => {
      const { stdout } = await weir(['run', 'flow.ts', '--json']);
      return String.fromCharCode(...(JSON.parse(stdout) as { result: number[] }).result);
    };
    const typed = await typedIn('hunter2-Zebrx\u007fa\u001b[D!\r');
    expect(typed).toMatchObject({ code: 0, stdout: expect.stringContaining('secret TOKEN is set') });
    expect(typed.stdout).not.toContain('hunter2');
    expect(await value()).toBe('hunter2-Zebra!');
    const pasted = await typedIn('\u001b[200~line one\rhunter2-Zebra\r\u001b[201~\r');
    expect(pasted).toMatchObject({ code: 0, stdout: expect.not.stringContaining('hunter2') });
    expect(await value()).toBe('line one\nhunter2-Zebra\n');
    expect(await typedIn('half\u0003')).toMatchObject({ code: 130 });
    expect(await typedIn('one line\rand another\r')).toMatchObject({ code: 2, stdout: /weir secret set NAME < FILE/ });
    expect(await value()).toBe('line one\nhunter2-Zebra\n');
  },
);

const FLOW = `
  import { artifact, context, flow, log, progress, secrets, sh, task } from 'weir';
  import { existsSync, writeFileSync, readFileSync } from 'node:fs';
  const tell = task({ name: 'tell', runName: 'as {0}' }, async (value) => {
    console.log('printed ' + value);
    process.stderr.write(JSON.stringify({ value }) + '\\n');
    log.info(Buffer.from(value).toString('base64'), { value });
    progress(1, 2, value);
    artifact.markdown('is ' + value, { key: 'note' });
    return { value };
  });
  const wait = task({ name: 'wait' }, async () => {
    while (!existsSync('go')) await new Promise((done) => setTimeout(done, 5));
    console.log('kept: ' + Buffer.from(readFileSync('kept', 'latin1'), 'hex'));
  });
  export default flow({ name: 'leaky', RULES }, async () => {
    const value = await secrets.get('TOKEN');
    writeFileSync('kept', Buffer.from(value).toString('hex'));
    await tell(value);
    await sh({ name: 'print', secrets: ['TOKEN'] })\`
      echo "out $TOKEN"; printf %s "$TOKEN" | base64; echo "echoed=$TOKEN" >> $WEIR_OUTPUT; echo "err $TOKEN" >&2
      while ! test -e go; do sleep 0.02; done\`;
    const failure = await sh({ name: 'fail', secrets: ['TOKEN'] })\`echo "no $TOKEN"; exit 3\`.result({ raise: false });
    await wait();
    throw new Error('at last ' + value, { cause: failure });
  });`;

test.each(['thread', 'process'])(
  'a run in a %s that tells a secret in ten ways leaves it in no file and no process',
  async (infrastructure) => {
    const { secret, start, weir, json, write, folder, processes } = world();
    await secret('TOKEN', VALUE);
    write('flow.ts', FLOW.replace('RULES', `infrastructure: '${infrastructure}'`));
    const run = start(['run', 'flow.ts']);
    await run.until(/err \*\*\*/);
    // Only the command that named it has it in its environment: neither Weir nor its helpers.
    const holders = processes().filter((pid) => textOf(`/proc/${pid}/environ`).includes('hunter2-Zebra'));
    const programs = holders.map((pid) => textOf(`/proc/${pid}/comm`).trim());
    expect(new Set(programs)).toEqual(new Set(['bash', 'sleep'].filter((name) => programs.includes(name))));
    expect(programs).toContain('bash');
    expect(commandLinesWithTraces()).toEqual([]);
    expect(filesWithTraces(folder, ['.weir'])).toEqual([]);
    write('go', '');
    const ended = await run.ended;
    const told = [
      ended,
      await weir(['show', '1']),
      await weir(['logs', '1']),
      await json(['show', '1']),
      await weir(['sql', 'select * from logs, tasks, runs, artifacts', '--json']),
      await weir(['artifact', 'get', '1', 'note']),
    ];
    expect(ended.code).toBe(5);
    expect(ended.stderr).toContain('at last ***');
    expect(told[5]).toMatchObject({ stdout: expect.stringContaining('is ***') });
    for (const trace of TRACES) expect(JSON.stringify(told)).not.toContain(trace);
    expect(filesWithTraces(folder)).toEqual([]);
    expect(commandLinesWithTraces()).toEqual([]);
  },
);

test('a run that is resumed after SIGKILL masks what its first process got', async () => {
  const { secret, start, weir, write, folder, rows } = world();
  await secret('TOKEN', VALUE);
  write(
    'flow.ts',
    FLOW.replace('RULES', 'retries: 0').replace(/await sh[\s\S]*?raise: false \}\);/, 'const failure = 1;'),
  );
  const run = start(['run', 'flow.ts']);
  await waitFor(
    'the task to wait',
    () => rows("select 1 from task_runs where name = 'wait' and state_type = 'RUNNING'")[0],
  );
  run.kill('SIGKILL');
  await run.ended;
  await secret('TOKEN', 'another value by now');
  write('go', '');
  expect(await weir(['resume', '1'])).toMatchObject({ code: 5 });
  const { stdout } = await weir(['logs', '1']);
  expect(stdout).toContain('kept: ***');
  expect(stdout).not.toContain('another value');
  expect(filesWithTraces(folder)).toEqual([]);
});

test('a YAML flow gets the secrets that it lists, its handlers too, and tells them to nobody', async () => {
  const { secret, weir, json, write, folder } = world();
  await secret('TOKEN', VALUE);
  await weir(['variable', 'set', 'region', 'eu west']);
  write(
    'flow.yaml',
    `secrets: [TOKEN]
tasks:
  fetch:
    run: |
      echo "\${{ variables.region }}: $TOKEN"
      echo "token=$TOKEN" >> $WEIR_OUTPUT; echo "# $TOKEN" >> $WEIR_SUMMARY
      echo "kept $TOKEN" > $WEIR_ARTIFACTS/kept.txt
  use: { needs: fetch, run: 'test "\${{ tasks.fetch.outputs.token }}" = "$TOKEN" && echo "denied: $TOKEN" && exit 3' }
on_failure:
  run: echo "failed with $TOKEN"
`,
  );
  const ended = await weir(['run', 'flow.yaml']);
  expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining('denied: ***') });
  const { stdout } = await weir(['logs', '1']);
  expect(stdout).toContain('eu west: ***');
  expect(stdout).toContain('failed with ***');
  const shown = await json(['show', '1']);
  for (const trace of TRACES) expect(JSON.stringify([ended, stdout, shown])).not.toContain(trace);
  expect(filesWithTraces(folder)).toEqual([]);
});

test('variables are text unless they are given as JSON, and printed so that they can be used', async () => {
  const { weir, json, write } = world();
  expect(await weir(['variable', 'set', 'version', '1.10'])).toMatchObject({ code: 0, stdout: '' });
  expect(await weir(['variable', 'get', 'version'])).toMatchObject({ stdout: '1.10\n' });
  await weir(['variable', 'set', 'limits', '{"week": 7}', '--as-json']);
  expect(await json(['variable', 'get', 'limits'])).toMatchObject({ name: 'limits', value: { week: 7 } });
  await weir(['variable', 'set', 'text', `@${write('text.txt', 'two\nlines')}`]);
  expect(await weir(['variable', 'get', 'text'])).toMatchObject({ stdout: 'two\nlines\n' });
  expect(await weir(['variable', 'get', 'limit'])).toMatchObject({ code: 1, stderr: /did you mean limits/ });
  expect(await weir(['variable', 'set', 'broken', '{', '--as-json'])).toMatchObject({ code: 2, stderr: /is no JSON/ });
  expect(await weir(['variable', 'set', 'a b', '1'])).toMatchObject({ code: 2 });
  expect(await weir(['variable', 'unset', 'text'])).toMatchObject({ code: 0 });
  const { items } = await json<{ items: object[] }>(['variable', 'ls']);
  expect(items).toMatchObject([
    { name: 'limits', value: { week: 7 } },
    { name: 'version', value: '1.10' },
  ]);
});
