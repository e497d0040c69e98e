/** What a short command left behind, told by the pids that were given since it began. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { expect, it, vi } from 'vitest';
import { Newcomers } from '../../src/spawner/newcomers.ts';
import { ProcessTable } from '../../src/spawner/process-table.ts';
import type { Tree } from '../../src/spawner/tree.ts';

/** A command that has ended, as its spawner knows it. */
async function ended(script: string, startedAt = performance.now()): Promise<Tree> {
  const mark = `newcomers-${randomUUID()}`;
  const child = spawn('bash', ['-c', script], {
    detached: true,
    stdio: 'ignore',
    env: { PATH: process.env.PATH, WEIR_MARK: mark },
  });
  await once(child, 'exit');
  return { leader: child.pid ?? 0, mark, startedAt, members: new Map(), ownsGroup: true };
}

it.runIf(process.platform === 'linux')('a command that leaves nothing is known to have left nothing', async () => {
  const newcomers = new Newcomers(new ProcessTable());
  // Where very many processes start at the same moment it cannot be told.
  await vi.waitFor(async () => {
    const tree = await ended('true | true');
    newcomers.know(tree);
    expect(newcomers.has(tree, performance.now())).toBe(false);
  });
});

it.runIf(process.platform === 'linux')(
  'what has left the group of its command, and its parents, is found',
  async () => {
    const newcomers = new Newcomers(new ProcessTable());
    const table = new ProcessTable();
    const trees: Tree[] = [];
    await vi.waitFor(async () => {
      const tree = await ended('(setsid sleep 1000 &) &');
      trees.push(tree);
      newcomers.know(tree);
      expect(newcomers.has(tree, performance.now())).toBe(true);
    });
    for (const { pid, mark } of table.rows(performance.now())) {
      if (trees.some((tree) => tree.mark === mark)) process.kill(pid, 'SIGKILL');
    }
  },
);

it('of a command that went on for long nothing is said', async () => {
  const tree = await ended('true', performance.now() - 3000);
  const newcomers = new Newcomers(new ProcessTable());
  newcomers.know(tree);
  expect(newcomers.has(tree, performance.now())).toBeNull();
});
