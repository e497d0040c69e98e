/** Shows what happens to a run that another process executes, until it is over. Never touches the run. */
import { constants } from 'node:os';
import type { Engine } from '../../engine/engine.ts';
import type { Follower } from '../../engine/tell/run-follower.ts';
import { say } from '../output.ts';
import type { Display } from '../tree/display.ts';
import { lookUntil } from './follow.ts';

/** A signal ends the looking, not the run; `onLeave` is said then. */
export async function lookOn(engine: Engine, follower: Follower, display: Display, onLeave: string): Promise<void> {
  const forget = leaveOnSignal(() => {
    display.stop();
    say(onLeave);
  });
  try {
    await lookUntil(engine, () => {
      for (const event of follower.look()) display.take(event);
      return { isEnough: follower.isOver, rows: [follower.row] };
    });
  } finally {
    forget();
    display.stop();
  }
}

/** Ends this command by the signal, after `leave`; gives the function that takes it back. */
export function leaveOnSignal(leave: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = (signal: NodeJS.Signals) => {
    leave();
    process.exit(128 + constants.signals[signal]);
  };
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}
