/** A fresh set of commands with a mark of its own, over the real spawner process. */
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Command, CommandEnd, OutputStream } from '../../src/model/command.ts';
import { type CommandHandlers, type Commands, createCommands } from '../../src/pool/commands.ts';

export const SPAWNER_ARGV = [process.execPath, fileURLToPath(new URL('spawner-entry.ts', import.meta.url))];
export const RUNNER_ARGV = [process.execPath, fileURLToPath(new URL('runner-process-entry.ts', import.meta.url))];

export interface CommandWorld {
  readonly mark: string;
  readonly commands: Commands;
  command(argv: readonly string[], changes?: Partial<Command>): Command;
  /** Runs a line of bash to its end. */
  bash(script: string, options?: { command?: Partial<Command>; handlers?: Partial<CommandHandlers> }): Promise<Outcome>;
}

export interface Outcome extends Omit<CommandEnd, 'stdout'> {
  readonly stdout: string;
  readonly stderr: string;
}

export function commandWorld(): CommandWorld {
  const mark = `test-${randomUUID()}/`;
  const commands = createCommands({ argv: SPAWNER_ARGV, env: process.env, most: 2 });
  const command = (argv: readonly string[], changes: Partial<Command> = {}): Command => ({
    argv,
    cwd: tmpdir(),
    env: { PATH: process.env.PATH ?? '', WEIR_MARK: mark },
    stderr: 'separate',
    graceMs: 10_000,
    ...changes,
  });
  return {
    mark,
    commands,
    command,
    async bash(script, options = {}) {
      const chunks: Record<OutputStream, Uint8Array[]> = { stdout: [], stderr: [] };
      const end = await commands.run(command(['bash', '-c', script], options.command), {
        onOutput: (stream, data) => void chunks[stream].push(data),
        ...options.handlers,
      });
      const text = (stream: OutputStream) => Buffer.concat(chunks[stream]).toString();
      return { ...end, stdout: text('stdout'), stderr: text('stderr') };
    },
  };
}
