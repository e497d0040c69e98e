/**
 * Keys that open one badge each to other sites' pages, which see nothing here otherwise: such a page could ask for one
 * name after another, and read from the width of a picture how each flow stands. A key is a hash of the flow's name, keyed
 * by what was drawn for this database and by the token: it opens nothing else, and nothing any more with another token.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Store } from '../../store/store.ts';

export interface BadgeKeys {
  /** The key of a flow's badge; null while none could be drawn, such as on a full disk. */
  of(flow: string): string | null;
  /** Whether that is the path of a badge, as it is routed, and the key to it. Only reads. */
  opens(path: string, key: string | undefined): boolean;
}

const SECRET = 'badge.secret';

export function createBadgeKeys({ store, token }: { store: Store; token: string | null }): BadgeKeys {
  const { meta, writer } = store;

  // Nobody waits for it. Another server on the same file may draw one at the same time: the first counts.
  if (meta.get(SECRET) === null)
    void writer
      .write(() => meta.get(SECRET) ?? meta.set(SECRET, randomBytes(32).toString('base64url')))
      .catch(() => {});

  const keyOf = (secret: string, flow: string) =>
    createHmac('sha256', secret)
      .update(JSON.stringify(['badge', token, flow]))
      .digest('base64url')
      .slice(0, 22);

  return {
    of(flow) {
      const secret = meta.get(SECRET);
      return secret === null ? null : keyOf(secret, flow);
    },
    opens(path, key) {
      const flow = key === undefined ? null : flowOfBadge(path);
      const secret = flow === null ? null : meta.get(SECRET);
      if (key === undefined || flow === null || secret === null) return false;
      const [a, b] = [Buffer.from(key), Buffer.from(keyOf(secret, flow))];
      return a.length === b.length && timingSafeEqual(a, b);
    },
  };
}

/** Null: no badge is there. What leads elsewhere by `..` is none: it is routed as it stands. */
function flowOfBadge(path: string): string | null {
  const [, name] = /^\/badge\/([^/]+)\.svg$/s.exec(path) ?? [];
  try {
    return name === undefined ? null : decodeURIComponent(name);
  } catch {
    return null;
  }
}
