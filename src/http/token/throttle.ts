/** Wrong guesses of the token, counted by where they come from: who has guessed too often has to wait. */

export interface Throttle {
  /** Seconds until the next guess from there is looked at; 0: now. */
  waitOf(address: string): number;
  /** One was wrong. */
  missed(address: string): void;
}

const MOST_MISSES = 10;
const WINDOW_MS = 5 * 60_000;
/** More are forgotten, the oldest first: memory is not theirs to fill. */
const MOST_ADDRESSES = 10_000;

interface Misses {
  count: number;
  /** Counted from the first of them. */
  readonly since: number;
}

export function createThrottle(now: () => number): Throttle {
  const misses = new Map<string, Misses>();

  function current(place: string): Misses | undefined {
    const known = misses.get(place);
    if (known === undefined || now() - known.since < WINDOW_MS) return known;
    misses.delete(place);
    return undefined;
  }

  return {
    waitOf(address) {
      const known = current(placeOf(address));
      if (known === undefined || known.count < MOST_MISSES) return 0;
      return Math.max(1, Math.ceil((known.since + WINDOW_MS - now()) / 1000));
    },
    missed(address) {
      const place = placeOf(address);
      const known = current(place);
      if (known !== undefined) {
        known.count++;
        return;
      }
      const [oldest] = misses.keys();
      if (misses.size >= MOST_ADDRESSES && oldest !== undefined) misses.delete(oldest);
      misses.set(place, { count: 1, since: now() });
    },
  };
}

/** Of IPv6 the network: whoever has one has all addresses in it. */
function placeOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}/64`;
}
