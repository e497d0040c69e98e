/** `--api` on every command that there is: it works on a server elsewhere, or says why it does not, and what does. */
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { addGlobalFlags, createAdd } from '../../src/cli/declarations/declare.ts';
import { GROUPS } from '../../src/cli/declarations/groups.ts';
import { createProgram } from '../../src/cli/declarations/help.ts';
import { remoteAction } from '../../src/cli/remote/remote.ts';

function allCommands(): string[] {
  const program = addGlobalFlags(createProgram('1.2.3'));
  for (const declare of GROUPS)
    declare(
      program,
      createAdd(() => {}),
    );
  const named = (command: Command, before: string): string[] =>
    command.commands.flatMap((each) => {
      const name = `${before}${each.name()}`;
      return each.commands.length === 0 ? [name] : named(each, `${name} `);
    });
  return named(program, '');
}

test('every command works on a server elsewhere, or says why it does not and what to do', async () => {
  const commands = allCommands();
  expect(commands).toContain('deployment rollback');
  const refused: string[] = [];
  for (const command of commands) {
    try {
      expect([command, await remoteAction(command, { api: 'http://127.0.0.1:9' })]).toEqual([
        command,
        expect.any(Function),
      ]);
    } catch (error) {
      expect([command, error]).toEqual([
        command,
        expect.objectContaining({
          code: 'usage',
          message: expect.stringMatching(/works only on this machine.*: it \w/),
        }),
      ]);
      // Nobody is left with the words for what was forgotten.
      expect((error as Error).message).not.toContain('no counterpart');
      refused.push(command);
    }
  }
  expect(refused.sort()).toEqual([
    ...['check', 'config set', 'config unset', 'config validate', 'config view', 'deployment apply'],
    ...['deployment build', 'deployment create', 'exec', 'execute', 'init', 'model path', 'model promote-if-better'],
    ...['model register', 'run', 'schedule next', 'schedule simulate', 'schema', 'secret ls', 'secret set'],
    ...['secret unset', 'server start', 'sql', 'up', 'version'],
  ]);
});
