/** Many hosts on one runner: each hears its own messages, and the death of the runner is told to all of them. */
import { expect, test } from 'vitest';
import type { FromShared, ToShared } from '../../src/model/message.ts';
import type { HostExit } from '../../src/pool/host.ts';
import { createSharedHosts } from '../../src/pool/shared.ts';

/** A runner that answers to nobody, and dies when told. */
function runners() {
  const all: { said: ToShared[]; tell: (message: FromShared) => void; die: (reason: string) => void }[] = [];
  const make = () => {
    const said: ToShared[] = [];
    let handle: (message: FromShared) => void = () => {};
    let exit: (reason: string) => void = () => {};
    all.push({ said, tell: (message) => handle(message), die: (reason) => exit(reason) });
    return {
      post: (message: ToShared) => void said.push(message),
      onMessage(handler: typeof handle) {
        handle = handler;
      },
      onExit(handler: typeof exit) {
        exit = handler;
      },
      stop: async () => {},
    };
  };
  return { all, make };
}

test('each host hears what is said to it, and nothing after it was stopped', async () => {
  const { all, make } = runners();
  const hosts = createSharedHosts(make, 'mark');
  const [one, two] = [hosts.make(), hosts.make()];
  const heard: string[] = [];
  one.onMessage(({ kind }) => heard.push(`one ${kind}`));
  two.onMessage(({ kind }) => heard.push(`two ${kind}`));
  expect(all).toHaveLength(1);
  all[0]?.tell({ host: 1, message: { kind: 'pong' } });
  all[0]?.tell({ host: 2, message: { kind: 'spawning' } });
  await one.stop();
  one.post({ kind: 'ping' });
  all[0]?.tell({ host: 1, message: { kind: 'pong' } });
  expect(heard).toEqual(['one pong', 'two spawning']);
  expect(all[0]?.said).toEqual([{ host: 1, message: { kind: 'close' } }]);
});

test('when the runner dies all its hosts are told, and whether they were in company; the next host gets a new runner', () => {
  const { all, make } = runners();
  const hosts = createSharedHosts(make, 'mark');
  const exits: (HostExit | string)[] = [];
  for (const host of [hosts.make(), hosts.make()]) host.onExit((exit) => exits.push(exit));
  all[0]?.die('out of memory');
  const lost = { reason: 'out of memory', isCrash: true, hadCompany: true };
  expect(exits).toEqual([lost, lost]);
  hosts.make().onExit((exit) => exits.push(exit));
  expect(all).toHaveLength(2);
  all[1]?.die('again');
  expect(exits.at(-1)).toEqual({ reason: 'again', isCrash: true, hadCompany: false });
});
