/**
 * Sessions that somebody has logged out of, so that a copy of their cookie is worth nothing either. They stand in the
 * database, for every server on it and after a restart, until they would have ended by themselves.
 */
import { WeirError } from '../../model/errors.ts';
import type { Store } from '../../store/store.ts';

export interface EndedSessions {
  has(id: string): boolean;
  /** `until`: when it would have ended by itself. @throws WeirError when it cannot be kept */
  end(id: string, until: number): Promise<void>;
}

const ENDED = 'sessions.ended';
/** More people do not log out in a month; what ends first is forgotten first. */
const MOST = 10_000;

export function createEndedSessions(
  { meta, writer }: Pick<Store, 'meta' | 'writer'>,
  now: () => number,
): EndedSessions {
  let text: string | null = null;
  let ended: ReadonlyMap<string, number> = new Map();

  /** Read each time, because another server may have ended one; parsed only when it has changed. */
  function current(): ReadonlyMap<string, number> {
    const found = meta.get(ENDED);
    if (found === text) return ended;
    text = found;
    ended = new Map(found === null ? [] : Object.entries(JSON.parse(found) as Record<string, number>));
    return ended;
  }

  return {
    has: (id) => current().has(id),
    async end(id, until) {
      await writer
        .write(() => {
          const left = [...current(), [id, until] as const]
            .filter(([, end]) => end > now())
            .sort((a, b) => b[1] - a[1]);
          meta.set(ENDED, JSON.stringify(Object.fromEntries(left.slice(0, MOST))));
        })
        .catch((error: unknown) => {
          throw new WeirError('database-unusable', 'you are not logged out: the database takes nothing at the moment', {
            hint: 'log out again when it does; a server with another WEIR_API_TOKEN takes none of the former sessions',
            cause: error,
          });
        });
    },
  };
}
