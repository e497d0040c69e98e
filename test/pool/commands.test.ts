import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCommands } from '../../src/pool/commands.ts';
import { type CommandWorld, commandWorld } from '../support/command-world.ts';
import { isAlive, markedProcesses, residentBytes, zombiesOf } from '../support/marked-processes.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const OWNER = fileURLToPath(new URL('../support/command-owner.ts', import.meta.url));

let world: CommandWorld;
beforeEach(() => {
  world = commandWorld();
});
afterEach(() => world.commands.stop());

/** Runs a script, and resolves once it has printed something. */
function begin(script: string, graceMs = 10_000, abort = new AbortController()) {
  let spawnerPid = 0;
  const printed = Promise.withResolvers<string>();
  const end = world.bash(script, {
    command: { graceMs },
    handlers: {
      signal: abort.signal,
      onStarted: (pid) => {
        spawnerPid = parentOf(pid);
      },
      onOutput: (_, data) => printed.resolve(Buffer.from(data).toString()),
    },
  });
  end.catch(() => {});
  return { end, abort, printed: printed.promise, spawnerPid: () => spawnerPid };
}

function parentOf(pid: number): number {
  return Number(/PPid:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
}

describe('ending a command', () => {
  it('ends the whole tree by SIGTERM when its signal is aborted', async () => {
    const { end, abort, printed } = begin('setsid sleep 1000 & sleep 1000 & echo up; wait');
    await printed;
    abort.abort();
    expect(await end).toMatchObject({ signal: 'SIGTERM', wasAsked: true });
    expect(markedProcesses(world.mark)).toEqual([]);
  });

  it('kills what ignores SIGTERM after the grace, also outside the group', async () => {
    const script =
      'trap "" TERM; setsid bash -c "while :; do sleep 0.05; done" & echo up; while :; do sleep 0.05; done';
    const { end, abort, printed } = begin(script, 300);
    await printed;
    abort.abort();
    expect(await end).toMatchObject({ signal: 'SIGKILL', wasAsked: true });
    expect(markedProcesses(world.mark)).toEqual([]);
  });

  it('lets a command use the grace to end in its own way', async () => {
    const { end, abort, printed } = begin('trap "exit 7" TERM; echo up; while :; do sleep 0.02; done');
    await printed;
    abort.abort();
    expect(await end).toMatchObject({ exitCode: 7, wasAsked: true });
  });

  it('ends a command that writes without end and whose output nobody takes', async () => {
    const abort = new AbortController();
    const hold = Promise.withResolvers<void>();
    const end = world.bash('yes', {
      handlers: {
        signal: abort.signal,
        onOutput: () => {
          abort.abort();
          return hold.promise;
        },
      },
    });
    await vi.waitFor(() => expect(abort.signal.aborted).toBe(true), { timeout: 30_000 });
    await vi.waitFor(() => expect(markedProcesses(world.mark)).toEqual([]), { timeout: 30_000 });
    hold.resolve();
    expect(await end).toMatchObject({ signal: 'SIGTERM' });
  });

  it('starts nothing when the signal is aborted already', async () => {
    await expect(
      world.bash('echo no', { handlers: { signal: AbortSignal.abort(new Error('no more')) } }),
    ).rejects.toThrow('no more');
  });

  it('ends the command when a handler fails, and rejects with its error', async () => {
    const run = world.bash('echo up; sleep 1000', {
      handlers: {
        onOutput: async () => {
          throw new Error('disk full');
        },
      },
    });
    await expect(run).rejects.toThrow('disk full');
    expect(markedProcesses(world.mark)).toEqual([]);
  });
});

describe('a flood', () => {
  it('of 100 MB passes with flat memory, and all of it arrives', async () => {
    let bytes = 0;
    let largest = 0;
    let spawnerPid = 0;
    const ownBefore = process.memoryUsage().rss;
    await world.commands.run(world.command(['head', '-c', '100000000', '/dev/zero']), {
      onStarted: (pid) => {
        spawnerPid = parentOf(pid);
      },
      onOutput: (_, data) => {
        bytes += data.byteLength;
        largest = Math.max(largest, residentBytes(spawnerPid));
      },
    });
    expect(bytes).toBe(100_000_000);
    expect(largest).toBeLessThan(160e6);
    expect(process.memoryUsage().rss - ownBefore).toBeLessThan(160e6);
  });

  it('stops at the credit when the output is not taken in, and goes on afterwards', async () => {
    let bytes = 0;
    const gate = Promise.withResolvers<void>();
    const run = world.commands.run(world.command(['head', '-c', '20000000', '/dev/zero']), {
      onOutput: (_, data) => {
        bytes += data.byteLength;
        return gate.promise;
      },
    });
    await vi.waitFor(() => expect(bytes).toBeGreaterThanOrEqual(1024 * 1024), { timeout: 30_000 });
    // Another command passes by the held one, so nothing more is on its way.
    await world.bash('echo passed');
    expect(bytes).toBeLessThan(2 * 1024 * 1024);
    gate.resolve();
    await run;
    expect(bytes).toBe(20_000_000);
  });

  it('does not hold up another command', async () => {
    const { end, abort, printed } = begin('yes');
    await printed;
    expect(await world.bash('echo quick')).toMatchObject({ stdout: 'quick\n' });
    abort.abort();
    await end;
  });
});

describe('many commands at once', () => {
  it('are shared by two spawners, each with its own output, and both are ended', async () => {
    const outputs: string[] = [];
    let isEnough = false;
    const slot = async () => {
      while (!isEnough) {
        const index = outputs.push('') - 1;
        outputs[index] = (await world.bash(`echo ${index}`)).stdout;
      }
    };
    const slots = Promise.all(Array.from({ length: 8 }, slot));
    await vi.waitFor(() => expect(spawners()).toHaveLength(2), { timeout: 60_000 });
    const both = spawners();
    isEnough = true;
    await slots;
    expect(outputs).toEqual(outputs.map((_, index) => `${index}\n`));
    await world.commands.stop();
    expect(both.filter(isAlive)).toEqual([]);
    expect(markedProcesses(world.mark)).toEqual([]);
  });

  it('that come one after the other need one spawner only', async () => {
    for (let index = 0; index < 40; index++) await world.bash('true');
    expect(spawners()).toHaveLength(1);
  });

  it('go on when the second spawner dies', async () => {
    const failures: unknown[] = [];
    let isEnough = false;
    const slot = async () => {
      while (!isEnough) await world.bash('true').catch((error: unknown) => failures.push(error));
    };
    const slots = Promise.all(Array.from({ length: 8 }, slot));
    await vi.waitFor(() => expect(spawners()).toHaveLength(2), { timeout: 60_000 });
    process.kill(Math.max(...spawners()), 'SIGKILL');
    await vi.waitFor(() => expect(failures.length + spawners().length).toBeGreaterThan(1), { timeout: 60_000 });
    isEnough = true;
    await slots;
    expect(failures.every((error) => (error as { code?: string }).code === 'host-lost')).toBe(true);
    expect(await world.bash('echo on')).toMatchObject({ stdout: 'on\n' });
    expect(markedProcesses(world.mark)).toEqual([]);
  });
});

/** Living spawners of this process. */
function spawners(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return (
          parentOf(pid) === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('spawner-entry')
        );
      } catch {
        return false;
      }
    });
}

describe('the death of a process', () => {
  it('of the owner, by SIGKILL, leaves nothing of its commands', async () => {
    const owner = spawn(
      process.execPath,
      [
        OWNER,
        world.mark,
        'echo up; sleep 1000',
        'setsid sleep 1000 & echo up; wait',
        'trap "" TERM; echo up; while :; do sleep 0.05; done',
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await printedLines(owner, 3);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    await vi.waitFor(() => expect(markedProcesses(world.mark)).toEqual([]), { timeout: 60_000, interval: 50 });
  });

  it('of the spawner rejects its commands, ends what it left, and the next command gets a new one', async () => {
    const { end, printed, spawnerPid } = begin(
      'trap "" TERM; setsid sleep 1000 & echo up; while :; do sleep 0.05; done',
    );
    await printed;
    process.kill(spawnerPid(), 'SIGKILL');
    await expect(end).rejects.toMatchObject({
      code: 'host-lost',
      message: expect.stringContaining('was killed by SIGKILL'),
    });
    expect(markedProcesses(world.mark)).toEqual([]);
    expect(await world.bash('echo again')).toMatchObject({ stdout: 'again\n' });
  });

  it('of commands leaves no zombies below the spawner', async () => {
    const { end, abort, printed, spawnerPid } = begin('echo up; sleep 1000');
    await printed;
    for (let index = 0; index < 5; index++) await world.bash('sleep 1000 & kill -9 $$');
    expect(zombiesOf(spawnerPid())).toEqual([]);
    abort.abort();
    await end;
  });

  it('is not brought about by the signals of a terminal', async () => {
    const { end, abort, printed, spawnerPid } = begin('echo up; sleep 1000');
    await printed;
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(spawnerPid(), name);
    expect(await world.bash('echo alive')).toMatchObject({ stdout: 'alive\n' });
    expect(isAlive(spawnerPid())).toBe(true);
    abort.abort();
    await end;
  });

  it('of a spawner that cannot even be started is told in a sentence', async () => {
    const commands = createCommands({ argv: ['/no/such/weir'], env: {} });
    await expect(commands.run(world.command(['true']), { onOutput() {} })).rejects.toMatchObject({
      code: 'host-lost',
      message: expect.stringContaining('could not be started'),
    });
    await commands.stop();
  });

  it('of a spawner that fails while starting is told with its last words', async () => {
    const commands = createCommands({
      argv: [process.execPath, '-e', 'throw new Error("bad luck")'],
      env: process.env,
    });
    await expect(commands.run(world.command(['true']), { onOutput() {} })).rejects.toMatchObject({
      message: expect.stringContaining('bad luck'),
    });
    await commands.stop();
  });
});

describe('a sweep', () => {
  it('ends every process that carries the mark, however it was started, and counts them', async () => {
    const strays = ['sleep 1000', 'trap "" TERM; echo up; while :; do read -t 0.05 <> <(:); done'].map((script) =>
      spawn('bash', ['-c', `echo up; ${script}`], {
        detached: true,
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { ...process.env, WEIR_MARK: `${world.mark}old-boot/7` },
      }),
    );
    const other = spawn('sleep', ['1000'], {
      env: { ...process.env, WEIR_MARK: `other-${world.mark}` },
      stdio: 'ignore',
    });
    await Promise.all(strays.map((stray) => printedLines(stray, 1)));
    expect(await world.commands.sweep(`${world.mark}old-boot/`, 200)).toBeGreaterThanOrEqual(2);
    expect(markedProcesses(`${world.mark}old-boot/`)).toEqual([]);
    expect(isAlive(other.pid ?? 0)).toBe(true);
    other.kill('SIGKILL');
  });

  it('ends nothing when nothing is left, and nothing for an empty mark', async () => {
    expect(await world.commands.sweep(`${world.mark}nobody/`, 1000)).toBe(0);
    expect(await world.commands.sweep('', 0)).toBe(0);
  });

  it('ends neither the spawner nor the owner, even if they carry the mark', async () => {
    const code = `
      import { createCommands } from ${JSON.stringify(new URL('../../src/pool/commands.ts', import.meta.url).href)};
      import { SPAWNER_ARGV } from ${JSON.stringify(new URL('../support/command-world.ts', import.meta.url).href)};
      const commands = createCommands({ argv: SPAWNER_ARGV, env: process.env });
      console.log('swept', await commands.sweep(process.env.WEIR_MARK, 0));
      await commands.stop();`;
    const owner = spawn(process.execPath, ['--input-type=module-typescript', '-e', code], {
      env: { ...process.env, WEIR_MARK: world.mark },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [text, [exitCode]] = await Promise.all([allOf(owner), once(owner, 'exit')]);
    expect(text).toBe('swept 0\n');
    expect(exitCode).toBe(0);
  });
});

describe('stop', () => {
  it('may be called before the first command, and twice', async () => {
    await world.commands.stop();
    await world.commands.stop();
    await expect(world.bash('true')).rejects.toMatchObject({ code: 'host-lost' });
  });

  it('ends running commands, which tell their end, and the spawner', async () => {
    const { end, printed, spawnerPid } = begin('echo up; sleep 1000');
    await printed;
    const pid = spawnerPid();
    await world.commands.stop();
    expect(await end).toMatchObject({ signal: 'SIGTERM', wasAsked: true });
    expect(isAlive(pid)).toBe(false);
  });

  it('is not needed for the owner to end once its commands have ended', async () => {
    const owner = spawn(process.execPath, [OWNER, world.mark, 'echo up'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [text, [exitCode]] = await Promise.all([allOf(owner), once(owner, 'exit')]);
    expect({ text, exitCode }).toEqual({ text: 'up\n', exitCode: 0 });
  });
});

async function printedLines(child: ChildProcess, count: number): Promise<void> {
  let lines = 0;
  for await (const chunk of child.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    lines += String(chunk).split('\n').length - 1;
    if (lines >= count) return;
  }
}

async function allOf(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout ?? []) text += chunk;
  return text;
}
