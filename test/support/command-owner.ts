/** A process that owns running commands, to be killed by a test. Prints its spawner's commands' pids, one a line. */
import { tmpdir } from 'node:os';
import { createCommands } from '../../src/pool/commands.ts';
import { SPAWNER_ARGV } from './command-world.ts';

const [mark = '', ...scripts] = process.argv.slice(2);
const commands = createCommands({ argv: SPAWNER_ARGV, env: process.env });
for (const script of scripts) {
  void commands.run(
    {
      argv: ['bash', '-c', script],
      cwd: tmpdir(),
      env: { PATH: process.env.PATH ?? '', WEIR_MARK: mark },
      stderr: 'separate',
      graceMs: 10_000,
    },
    { onOutput: (_, data) => void process.stdout.write(data) },
  );
}
