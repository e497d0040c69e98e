import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const quoted = (options: object) => JSON.stringify(options);

async function stdout(options: object, script: string): Promise<string> {
  const run = await world.runFlow(
    `export default flow({ name: 'f' }, async () => (await sh(${quoted({ name: 'it', ...options })})\`${script}\`).stdout);`,
  );
  if (run.state.type !== 'COMPLETED') throw new Error(run.state.message ?? run.state.name);
  return String(run.result);
}

async function refusal(options: object, script = 'true'): Promise<string> {
  const run = await world.runFlow(`export default flow(async () => { await sh(${quoted(options)})\`${script}\`; });`);
  expect(run.state.type).toBe('FAILED');
  return run.error?.message ?? '';
}

function program(name: string, text: string): void {
  world.write(name, text);
  chmodSync(join(world.folder, name), 0o755);
}

function venv(name: string): void {
  program(`${name}/bin/python`, '#!/bin/sh\necho "python of $VIRTUAL_ENV ${PYTHONHOME-unset}"\n');
}

function conda(prefix: string): void {
  mkdirSync(join(world.folder, prefix, 'conda-meta'), { recursive: true });
  program(`${prefix}/bin/python`, '#!/bin/sh\necho "python of $CONDA_DEFAULT_ENV in $CONDA_PREFIX"\n');
}

describe('the environment of a command', () => {
  it('is inherited, then that of env_file, then env; Weir has the last word in its own variables', async () => {
    vi.stubEnv('WORD_A', 'inherited');
    vi.stubEnv('WORD_B', 'inherited');
    vi.stubEnv('WORD_C', 'inherited');
    // Of a run around this one: not the command's own.
    vi.stubEnv('WEIR_SLOT_TIME', '2001-01-01');
    vi.stubEnv('WEIR_PARAM_X', 'outer');
    world.write('one.env', 'WORD_B=one\nexport WORD_C="one"\nWEIR_RUN=no\n');
    world.write('two.env', 'WORD_C=two # comment\nHOMELY=$HOME\n');
    const options = { envFile: ['one.env', 'two.env'], env: { WORD_D: 'env', PYTHONUNBUFFERED: '', WEIR_TASK: 'no' } };
    const script =
      'echo "$WORD_A $WORD_B $WORD_C $WORD_D $HOMELY [$PYTHONUNBUFFERED] $WEIR_RUN $WEIR_TASK [$WEIR_SLOT_TIME$WEIR_PARAM_X]"';
    expect(await stdout(options, script)).toBe('inherited one two env $HOME [] 1 it []\n');
    expect(await stdout({ ...options, env: { WORD_C: 'env' } }, 'echo $WORD_C $PYTHONUNBUFFERED')).toBe('env 1\n');
  });

  it('that inherits nothing still has a PATH, HOME and USER; a list of names adds those', async () => {
    vi.stubEnv('WORD_A', 'a');
    vi.stubEnv('WORD_B', 'b');
    vi.stubEnv('PATH', `${process.env.PATH}:/of/my/own`);
    const script = "env | cut -d= -f1 | grep -v ^WEIR | sort | tr '\\\\n' ' '; echo; echo $PATH";
    const none = await stdout({ inheritEnv: 'none' }, script);
    expect(none.split('\n')[0]?.split(' ')).toEqual(expect.arrayContaining(['HOME', 'PATH', 'PYTHONUNBUFFERED']));
    expect(none).not.toContain('WORD_A');
    expect(none.split('\n')[1]).toBe('/usr/local/bin:/usr/bin:/bin');
    const some = await stdout({ inheritEnv: ['WORD_A', 'PATH', 'NOT_SET'] }, `${script}; echo $WORD_A$WORD_B`);
    expect(some.split('\n').slice(1, 3)).toEqual([expect.stringContaining('/of/my/own'), 'a']);
  });

  it('E78: whose env_file is missing or cannot be read is a clear error with file and line, without the value', async () => {
    expect(await refusal({ envFile: 'prod.env' })).toContain(`the env_file prod.env does not exist: ${world.folder}`);
    world.write('bad.env', 'A=1\nTOKEN "s3cret"\n');
    const message = await refusal({ envFile: 'bad.env' });
    expect(message).toContain(join(world.folder, 'bad.env:2: it has no "="'));
    expect(message).not.toContain('s3cret');
  });
});

describe('a venv', () => {
  it('comes first in whatever PATH the command has, and counts from the folder of the flow', async () => {
    venv('envs/ml');
    mkdirSync(join(world.folder, 'sub'));
    vi.stubEnv('PYTHONHOME', '/somewhere');
    const expected = `python of ${world.folder}/envs/ml unset\n`;
    expect(await stdout({ venv: './envs/ml', cwd: 'sub' }, 'python')).toBe(expected);
    expect(await stdout({ venv: 'envs/ml', env: { PATH: '/usr/bin:/bin' } }, 'python')).toBe(expected);
  });

  it('that is not there, or whose Python is gone, is an error with the command that makes it', async () => {
    expect(await refusal({ venv: './no' })).toContain(`the venv ./no does not exist: ${world.folder}/no`);
    mkdirSync(join(world.folder, 'old/bin'), { recursive: true });
    symlinkSync('/gone/python', join(world.folder, 'old/bin/python'));
    expect(await refusal({ venv: 'old' })).toContain('leads to a Python that is gone');
  });
});

describe('a conda environment', () => {
  beforeEach(() => {
    vi.stubEnv('HOME', world.folder);
    for (const name of ['CONDA_EXE', 'MAMBA_EXE', 'MAMBA_ROOT_PREFIX', 'CONDA_ENVS_PATH']) vi.stubEnv(name, undefined);
  });

  it('is found by its name, as the shell of the user finds conda, or by its folder', async () => {
    conda('miniconda3/envs/ml');
    conda('elsewhere/nlp');
    world.write('.conda/environments.txt', `${world.folder}/elsewhere/nlp\n/gone/envs/x\n`);
    conda('mine');
    const at = (name: string, prefix: string) => `python of ${name} in ${world.folder}/${prefix}\n`;
    expect(await stdout({ conda: 'ml' }, 'python')).toBe(at('ml', 'miniconda3/envs/ml'));
    expect(await stdout({ conda: 'nlp' }, 'python')).toBe(at('nlp', 'elsewhere/nlp'));
    expect(await stdout({ conda: './mine' }, 'python')).toBe(at(`${world.folder}/mine`, 'mine'));
    conda('opt');
    conda('opt/envs/vision');
    vi.stubEnv('CONDA_EXE', join(world.folder, 'opt/bin/conda'));
    expect(await stdout({ conda: 'vision' }, 'python')).toBe(at('vision', 'opt/envs/vision'));
    expect(await stdout({ conda: 'base' }, 'python')).toBe(at('base', 'opt'));
  });

  it('has its variables, and its activation scripts run before the command, in whose output they leave nothing', async () => {
    conda('miniconda3/envs/ml');
    world.write('miniconda3/envs/ml/conda-meta/state', '{"env_vars": {"STORED": "kept"}}');
    world.write(
      'miniconda3/envs/ml/etc/conda/activate.d/gdal.sh',
      'echo activating; export GDAL_DATA=$CONDA_PREFIX/share\nfalse\n',
    );
    const share = `${world.folder}/miniconda3/envs/ml/share`;
    expect(await stdout({ conda: 'ml' }, 'echo $STORED $GDAL_DATA')).toBe(`kept ${share}\n`);
    // The command itself still stops at the first failing line.
    expect(await refusal({ conda: 'ml' }, 'false; true')).toContain('exit code 1');
  });

  it('that is not found is an error that says where conda is, and which environments it has', async () => {
    expect(await refusal({ conda: 'ml' })).toContain('nor conda itself');
    conda('miniconda3/envs/nlp');
    const message = await refusal({ conda: 'ml' });
    expect(message).toContain('there are nlp');
    expect(message).toContain(join(world.folder, 'miniconda3'));
    expect(await refusal({ conda: './nowhere' })).toContain('does not exist');
  });
});

describe('the shell of a command', () => {
  it('E78: is the one that was given, with its own arguments, or by its path', async () => {
    expect(await stdout({ shell: 'bash -u' }, 'false; echo $-')).toMatch(/u.*\n$/);
    program('my-shell', '#!/bin/sh\necho "mine: $2"\n');
    expect(await stdout({ shell: './my-shell', cwd: '/' }, 'hello')).toBe('mine: hello\n');
  });

  it('E78: that does not exist is a clear error; so is a working directory that does not exist', async () => {
    const message = await refusal({ shell: 'no-such-shell -x' });
    expect(message).toContain('the shell "no-such-shell -x" cannot be started');
    expect(message).toContain('PATH');
    world.write('file', '');
    expect(await refusal({ cwd: 'nowhere' })).toContain(`the working directory ${world.folder}/nowhere does not exist`);
    expect(await refusal({ cwd: 'file' })).toContain('is a file');
  });
});

describe('the options of sh', () => {
  it('that are mistyped are told at once', async () => {
    expect(await refusal({ envfile: '.env' })).toContain('sh has no option "envfile"');
    expect(await refusal({ inheritEnv: 'nothing' })).toContain('inheritEnv of sh is "nothing"');
  });
});
