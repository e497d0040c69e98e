/**
 * A clock on the wall that a test sets for all processes of its world, by libfaketime (Debian package `libfaketime`).
 * Clocks that only go forward are the machine's own, so that timers keep their pace.
 */
import { existsSync, globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LIBRARY =
  process.env.WEIR_TEST_FAKETIME ??
  globSync('/usr/lib/*/faketime/libfaketime.so.1').concat(globSync('/usr/lib/faketime/libfaketime.so.1'))[0];

export const hasFakedClock = LIBRARY !== undefined && existsSync(LIBRARY);

export interface FakedClock {
  /** For the environment of a process. */
  readonly env: Readonly<Record<string, string>>;
  /** It is that time now, and goes on from there. UTC where it names no offset. */
  set(time: string | number): void;
  now(): number;
}

/** `folder`: where what it is set to lies. */
export function fakedClock(folder: string, time: string): FakedClock {
  const file = join(folder, 'faked-clock');
  let offsetMs = 0;
  const set = (to: string | number) => {
    offsetMs = (typeof to === 'number' ? to : Date.parse(/Z$|[+-]\d\d:\d\d$/.test(to) ? to : `${to}Z`)) - Date.now();
    // A distance, so that processes that are started later read the same clock.
    writeFileSync(file, `${offsetMs < 0 ? '-' : '+'}${Math.abs(offsetMs / 1000).toFixed(3)}\n`);
  };
  set(time);
  return {
    env: {
      LD_PRELOAD: LIBRARY ?? '',
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      TZ: 'UTC',
    },
    set,
    now: () => Date.now() + offsetMs,
  };
}
