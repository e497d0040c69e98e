/**
 * The executable's third role: a small process that starts, streams, measures and ends shell commands for its owner.
 * A server must not spawn itself: that blocks its thread, costs more the larger it is, and leaves zombies behind.
 * It knows nothing of Weir but the messages of model/command.ts, and it never outlives its owner.
 */
import { awakeMs } from '../model/awake-clock.ts';
import type { Command, FromSpawner, LogPiece, ToSpawner } from '../model/command.ts';
import type { DrawnProgress } from '../model/drawn-progress.ts';
import { Children } from './children.ts';
import { Endings } from './ending.ts';
import { PipePool } from './pipes.ts';
import { loadPosix } from './posix.ts';
import { ProcessTable } from './process-table.ts';
import { RunningCommand } from './running-command.ts';
import { Sampler } from './sampler.ts';
import { sweep } from './sweep.ts';

/** What trees get between SIGTERM and SIGKILL when the owner is gone; nobody waits for more. */
const ORPHAN_GRACE_MS = 2000;

/** Serves the owner at the other end of Node's IPC channel, until it is gone. */
export function serveSpawner(): void {
  if (process.send === undefined) throw new Error('The spawner is started by Weir, with a channel to its owner.');
  const table = new ProcessTable();
  const running = new Map<number, RunningCommand>();
  const posix = loadPosix();
  const services = { endings: new Endings(table), pipes: new PipePool(posix), children: new Children(posix) };
  const sampler = new Sampler(table, running);

  // The terminal sends these to everybody; what they mean for the commands is the owner's decision.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(name, () => {});

  process.on('message', (message) => take(message as ToSpawner));
  prepare();
  process.once('disconnect', () => {
    for (const command of running.values()) {
      command.end(ORPHAN_GRACE_MS);
      // Nobody takes the output any more; a full pipe must not keep a command from ending.
      command.credit(Number.POSITIVE_INFINITY);
    }
    leaveWhenDone();
  });

  /** What the first command would wait for; its request has to be read first anyway. */
  function prepare(): void {
    table.passOverPresent(awakeMs());
    services.pipes.prepare();
  }

  function take(message: ToSpawner): void {
    switch (message.kind) {
      case 'start':
        start(message.id, message.command);
        return;
      case 'end':
        running.get(message.id)?.end(message.graceMs);
        return;
      case 'credit':
        running.get(message.id)?.credit(message.bytes);
        return;
      case 'sweep':
        void sweep(table, message.mark, message.graceMs).then((ended) =>
          send({ kind: 'swept', id: message.id, ended }),
        );
        return;
    }
  }

  function start(id: number, command: Command): void {
    // After the owner's end nothing may begin.
    if (!process.connected) return;
    const mark = command.env.WEIR_MARK ?? `spawner-${process.pid}.${id}.`;
    const over = () => {
      running.delete(id);
      leaveWhenDone();
    };
    const listener = {
      onStarted: (pid: number) => send({ kind: 'started', id, pid }),
      onOutput: (stream: 'stdout' | 'stderr', data: Uint8Array) => send({ kind: 'output', id, stream, data }),
      onPiece: (piece: LogPiece) => send({ kind: 'lines', id, ...piece }),
      onProgress: (progress: DrawnProgress) => send({ kind: 'progress', id, ...progress }),
      onEnded: (end: object) => {
        send({ kind: 'ended', id, ...end } as FromSpawner);
        over();
      },
      onRefused: (refusal: { code: string; sentence: string }) => {
        send({ kind: 'refused', id, ...refusal });
        over();
      },
    };
    running.set(id, new RunningCommand(command, mark, { ...services, now: awakeMs() }, listener));
    sampler.wake();
  }

  function leaveWhenDone(): void {
    if (!process.connected && running.size === 0) process.exit(0);
  }
}

function send(message: FromSpawner): void {
  // An owner that has just died is noticed by `disconnect`.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}
