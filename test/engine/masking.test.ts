/** Whatever a run does with the secrets that it got, nobody reads them in what is kept of it or told of it. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runJson } from '../../src/engine/tell/run-json.ts';
import { engineWorld, type World } from '../support/engine-world.ts';

const TOKEN = 'hunter2-Zebra/"quoted" und ä';
const PEM = '-----BEGIN TEST-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nq83vEjRWeJCrze8SNFZ4kA==\n-----END TEST-----';

/** Of every form that the tests write them in. */
const TRACES = [
  TOKEN,
  'hunter2-Zebra',
  encodeURIComponent(TOKEN),
  Buffer.from(TOKEN).toString('base64').slice(0, 32),
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC',
  'q83vEjRWeJCrze8SNFZ4kA',
];

const IMPORTS = `import { artifact, context, flow, Failed, log, metric, progress, secrets, sh, task, variables } from 'weir';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
const note = (line) => appendFileSync(join(context().dir, 'notes'), line + '\\n');
`;

async function worldWithSecrets(): Promise<World> {
  const world = await engineWorld();
  await world.engine.secrets.set('TOKEN', TOKEN);
  await world.engine.secrets.set('PEM', PEM);
  return world;
}

/** Every file of the world but the key and the flow. */
function tracesIn(world: World, folder = world.folder): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return tracesIn(world, path);
    const bytes = readFileSync(path);
    return TRACES.filter((trace) => bytes.includes(trace)).map((trace) => `${name}: ${trace}`);
  });
}

function expectNoTraces(world: World, ...told: readonly unknown[]): void {
  expect(tracesIn(world)).toEqual([]);
  const text = JSON.stringify(told);
  for (const trace of TRACES) expect(text).not.toContain(JSON.stringify(trace).slice(1, -1));
}

test('a run shows *** for a secret, in ten ways of telling it, and no file holds it', async () => {
  const world = await worldWithSecrets();
  const events: unknown[] = [];
  world.engine.events.subscribe((event) => events.push(event));
  const run = await world.runFlow(`${IMPORTS}
    const tell = task({ name: 'tell', runName: 'with {0}' }, async (token) => {
      console.log('printed', token);
      console.error(JSON.stringify({ token }));
      process.stdout.write('half ' + token.slice(0, 9));
      process.stdout.write(token.slice(9) + '\\n');
      log.warn('logged ' + encodeURIComponent(token), { token, nested: [token], code: btoa('user:hunter2') });
      progress(1, 2, 'for ' + token);
      metric('m ' + token, 1);
      artifact.markdown('# ' + token, { key: 'notes' });
      artifact.table([{ token }], { key: 'table', description: token });
      artifact.link('https://example.org/?q=' + encodeURIComponent(token), { key: 'link' });
      return { token, pair: new Map([[token, 1]]) };
    });
    const fail = task({ name: 'fail' }, (token) => {
      throw new RangeError('no access with ' + token, { cause: new Error('because of ' + token) });
    });
    export default flow(async () => {
      const token = await secrets.get('TOKEN');
      const got = await tell(token);
      if (got.token !== token || got.pair.get(token) !== 1) throw new Error('the value itself must arrive');
      const { error } = await fail(token).result({ raise: false }).then((error) => ({ error }));
      return [Failed, error, token].at(2);
    });`);
  expect(run.state.type).toBe('COMPLETED');
  expect(run.value).toBe('***');
  expect(run.texts('tell')).toEqual(['printed ***', '{"token":"***"}', 'half ***', 'logged ***']);
  expect(run.task('tell')).toMatchObject({ key: 'with ***', result: { token: '***', pair: [['***', 1]] } });
  expect(run.task('fail').error).toMatchObject({ message: 'no access with ***' });
  expect(run.task('tell').metrics).toEqual({ 'm ***': 1 });
  expectNoTraces(world, run, events);
  const text = JSON.stringify(events);
  expect(text).toContain('for ***');
  expect(
    world.engine.store.artifacts
      .ofRun(run.id)
      .map(({ key }) => key)
      .sort(),
  ).toEqual(['link', 'notes', 'table']);
});

describe('a command', () => {
  test('gets the secrets that it names, and what it prints of them is masked in both streams, line by line', async () => {
    const world = await worldWithSecrets();
    const run = await world.runFlow(`${IMPORTS}
      export default flow(async () => {
        const { stdout } = await sh({ name: 'print', secrets: ['TOKEN', 'PEM'] })\`
          echo "token: $TOKEN"; echo "$PEM"; echo "$PEM" >&2
          printf '%s' "$TOKEN" | base64; printf 'user:%s' "$TOKEN" | base64 -w0; echo
          set -x; true "$TOKEN"\`;
        const last = await sh({ name: 'fail', secrets: ['TOKEN'] })\`echo "denied: $TOKEN"; exit 3\`.result({ raise: false });
        const none = await sh({ name: 'none' })\`echo "[$TOKEN]"\`;
        return { stdout, none: none.stdout };
      });`);
    expect(run.value).toEqual({
      stdout: expect.stringMatching(/^token: \*\*\*\n\*\*\*\n\*\*\*\n\*\*\*\n\*\*\*\n/),
      none: '[]\n',
    });
    expect(
      run
        .texts('print')
        .join('\n')
        .match(/\*\*\*/g)?.length,
    ).toBeGreaterThan(9);
    expect(run.task('fail').error).toMatchObject({ last_lines: ['denied: ***'] });
    expect(run.task('print')).toMatchObject({ state: { name: 'Completed' } });
    expectNoTraces(world, run);
  });

  test('that names a secret which is missing fails before it starts, with the command that sets it', async () => {
    const world = await worldWithSecrets();
    const run = await world.runFlow(`${IMPORTS}
      export default flow(() => sh({ name: 'deploy', secrets: ['TOKEN', 'TOKE'] })\`touch started\`);`);
    expect(run.task('deploy')).toMatchObject({
      state: { name: 'Failed' },
      error: { message: 'there is no secret TOKE (did you mean TOKEN?): set it with: weir secret set TOKE' },
    });
    expect(readdirSync(world.folder)).not.toContain('started');
  });

  test('hands on a value by its outputs, and is not reused then', async () => {
    const world = await worldWithSecrets();
    const run = await world.runFlow(`${IMPORTS}
      const check = task({ name: 'check' }, async (outputs) => outputs.token === (await secrets.get('TOKEN')));
      export default flow(async () => {
        const { outputs } = await sh({ name: 'hand-on', secrets: ['TOKEN'] })\`echo "token=$TOKEN" >> $WEIR_OUTPUT\`;
        return check(outputs);
      });`);
    expect(run.value).toBe(true);
    expect(run.task('hand-on')).toMatchObject({
      result: { outputs: { token: '***' } },
      state: { message: /holds a secret: it is kept as \*\*\*, and not reused/ },
    });
    expectNoTraces(world, run);
  });
});

test('a secret that is missing is told inside a flow with the command that sets it', async () => {
  const world = await engineWorld();
  const run = await world.runFlow(`${IMPORTS}
    export default flow(async () => secrets.get('DB_PASSWORD'));`);
  expect(run.error).toMatchObject({
    message: 'there is no secret DB_PASSWORD: set it with: weir secret set DB_PASSWORD',
  });
});

test.each(['thread', 'process'] as const)(
  'in a %s, threads of the parallel task runner and subflows are masked, too',
  async (infrastructure) => {
    const world = await worldWithSecrets();
    const run = await world.runFlow(
      `${IMPORTS}
    const deep = task({ name: 'deep' }, async (token) => {
      console.log('in a thread', token, await secrets.get('PEM'));
      process.stderr.write('written ' + token + '\\n');
      return token.length;
    });
    const inner = flow({ name: 'inner' }, async ({ token }) => {
      console.log('inside: ' + token);
      return token;
    });
    export default flow({ name: 'outer', runner: 'parallel' }, async () => {
      const token = await secrets.get('TOKEN');
      const length = await deep(token);
      const back = await inner({ token });
      console.log((await secrets.get('PEM')).split('\\n')[1]);
      return length === token.length && back === token;
    });`,
      { infrastructure, flow: 'outer' },
    );
    expect(run.error).toBeNull();
    expect(run.value).toBe(true);
    const [inner] = world.subflowsOf(run.id);
    expect(inner?.texts()).toEqual(['inside: ***']);
    expect(inner).toMatchObject({ params: { token: '***' }, result: '***' });
    expect(run.texts('deep').join('\n')).toContain('in a thread *** ***');
    expectNoTraces(world, run, inner);
  },
);

test('a later attempt masks what an earlier one got, also where the secret has another value by then', async () => {
  const world = await worldWithSecrets();
  const source = (rest: string) => `${IMPORTS}
    const save = task({ name: 'save' }, async () => {
      const token = await secrets.get('TOKEN');
      note(Buffer.from(token).toString('hex'));
    });
    const show = task({ name: 'show' }, async () => {
      const { readFileSync } = await import('node:fs');
      const hex = readFileSync(join(context().dir, 'notes'), 'utf8').trim();
      console.log('noted: ' + Buffer.from(hex, 'hex'));
      ${rest}
    });
    export default flow(async () => { await save(); await show(); });`;
  const first = await world.runFlow(source(`throw new Error('not yet');`));
  expect(first.state.type).toBe('FAILED');
  await world.engine.secrets.set('TOKEN', 'quite another value');
  await world.restart();
  world.writeFlow(source(`console.log('now: ' + await secrets.get('TOKEN'));`));
  const second = await world.retry(first.id);
  expect(second.state.type).toBe('COMPLETED');
  expect(second.task('save').reused_from_attempt).toBe(1);
  expect(second.texts('show')).toEqual(['noted: ***', expect.stringContaining('not yet'), 'noted: ***', 'now: ***']);
  expectNoTraces(world, second);
  expect(JSON.stringify(second)).not.toContain('quite another value');
});

test('a task whose result holds a secret runs again in the next attempt, with the value itself', async () => {
  const world = await worldWithSecrets();
  const source = (fails: boolean) => `${IMPORTS}
    const login = task({ name: 'login', cache: { key: 'inputs' } }, async () => {
      note('login');
      return { session: await secrets.get('TOKEN') };
    });
    const use = task({ name: 'use' }, (session) => {
      if (!session.startsWith('hunter2')) throw new Error('no session');
      if (${fails}) throw new Error('later');
      return 'done';
    });
    export default flow(async () => use((await login()).session));`;
  const first = await world.runFlow(source(true));
  expect(first.error).toMatchObject({ message: 'later' });
  world.writeFlow(source(false));
  const second = await world.retry(first.id);
  expect(second.value).toBe('done');
  expect(world.lines('notes')).toEqual(['login', 'login']);
  expectNoTraces(world, second);
});

test('variables are read and set inside runs, and never take a secret', async () => {
  const world = await worldWithSecrets();
  const run = await world.runFlow(`${IMPORTS}
    const add = task({ name: 'add' }, async () => {
      const week = await variables.get('week', 0);
      await variables.set('week', week + 1);
      return week + 1;
    });
    export default flow({ runner: 'parallel' }, async () => {
      const token = await secrets.get('TOKEN');
      const refused = await variables.set('leak', { deep: [token] }).catch((error) => error.message);
      const wrong = await variables.set('wrong', { at: [new Date()] }).catch((error) => error.message);
      return [await add(), await add.with({ key: () => 'again' })(), await variables.get('none'), refused, wrong];
    });`);
  expect(run.value).toEqual([
    1,
    2,
    null,
    'the value for the variable leak holds the value of a secret, which everybody could read there',
    'the variable wrong cannot be set: the value.at[0] is of the class Date, which JSON cannot hold',
  ]);
  expect(world.engine.store.variables.all()).toMatchObject([{ name: 'week', value: '2' }]);
  expectNoTraces(world, run);
});

test('a run without secrets is told as it is', async () => {
  const world = await worldWithSecrets();
  const run = await world.runFlow(
    `export default flow(() => { console.log('hunter2-Zebra ***'); return 'hunter2'; });`,
  );
  expect(run.texts()).toEqual(['hunter2-Zebra ***']);
  expect(runJson(world.engine.store, world.engine.store.flowRuns.byId(run.id) as never)).toMatchObject({
    result: 'hunter2',
  });
});

test('secrets that are words of Weir itself leave its own words alone', async () => {
  const world = await engineWorld();
  const words = [
    'message',
    'default',
    'not-found',
    'invalid-value',
    'name',
    'inner',
    'RUNNING',
    'stdout',
    'shell',
    'true',
  ];
  for (const [index, word] of words.entries()) await world.engine.secrets.set(`WORD_${index}`, word);
  const run = await world.runFlow(
    `${IMPORTS}
    const inner = flow({ name: 'inner' }, async ({ word }) => 'got ' + word);
    export { inner };
    export default flow({ name: 'outer' }, async () => {
      for (let each = 0; each < ${words.length}; each++) await secrets.get('WORD_' + each);
      const { stdout } = await sh({ name: 'say' })\`echo true shell stdout\`;
      const error = await variables.set('a b', 1).catch((error) => error.code);
      if (error !== 'invalid-value') throw new Error('code ' + error);
      const wrong = await inner({ word: 'message' });
      if (wrong !== 'got message') throw new Error(wrong);
      await secrets.get('NONE');
    });`,
    { flow: 'outer' },
  );
  expect(run.error).toMatchObject({ name: 'WeirError', message: expect.stringMatching(/^there is no secret NONE/) });
  expect(run.state).toMatchObject({ type: 'FAILED', name: 'Failed' });
  expect(run.task('say').result).toMatchObject({ stdout: '*** *** ***\n' });
  expect(world.subflowsOf(run.id)).toMatchObject([{ flow: 'inner', state: { type: 'COMPLETED' }, result: 'got ***' }]);
});

test('every value that commands of a run got is noted with it, once', async () => {
  const world = await worldWithSecrets();
  const run = await world.runFlow(`${IMPORTS}
    export default flow(async () => {
      const one = sh({ name: 'one', secrets: ['TOKEN'] })\`test -n "$TOKEN"\`;
      const two = sh({ name: 'two', secrets: ['TOKEN', 'PEM'] })\`test -n "$PEM"\`;
      return [one, two];
    });`);
  expect(run.state.type).toBe('COMPLETED');
  expect(
    world.engine.store.secrets
      .ofRun(run.id)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['PEM', 'TOKEN']);
});

test('what commands were given and have left in the folder of a run is gone with its end', async () => {
  const world = await worldWithSecrets();
  const run = await world.runFlow(
    `${IMPORTS}
    const inner = flow({ name: 'inner' }, async () => {
      const { stdout } = await sh({ name: 'read' })\`grep -c hunter2 "$WEIR_INPUTS"\`;
      return stdout;
    });
    export { inner };
    export default flow({ name: 'outer' }, async () => {
      await sh({ name: 'leave', secrets: ['TOKEN'] })\`echo "$TOKEN" > $WEIR_RUN_DIR/.weir/left; echo x > $WEIR_RUN_DIR/kept\`;
      return inner({ token: await secrets.get('TOKEN') });
    });`,
    { flow: 'outer' },
  );
  expect(run.value).toBe('1\n');
  expectNoTraces(world, run);
  expect(readdirSync(world.engine.store.runFolder(run.id))).toEqual(['kept']);
});

test('hooks that run when the host of their run is gone are masked, too', async () => {
  const world = await worldWithSecrets();
  const run = await world.runFlow(`${IMPORTS}
    import { readFileSync, writeFileSync } from 'node:fs';
    const file = () => join(context().dir, 'kept');
    export default flow(
      { onFailure: () => console.log('hook: ' + Buffer.from(readFileSync(file(), 'latin1'), 'hex')) },
      async () => {
        writeFileSync(file(), Buffer.from(await secrets.get('TOKEN')).toString('hex'));
        process.exit(3);
      },
    );`);
  expect(run.state.type).toBe('FAILED');
  await world.engine.runDueHooks();
  const { logs } = world.engine.store;
  expect(logs.after(run.id, 0, 100).map(({ text }) => text)).toContain('hook: ***');
  expectNoTraces(world, run);
});
