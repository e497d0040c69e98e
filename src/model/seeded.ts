/**
 * Chance that is the same on every start: a number drawn from a text instead of from a generator.
 * For `~` in cron expressions and for jitter. Never for anything that must not be guessed.
 */

/** A number in [0, 1), spread evenly over texts, always the same for the same text (FNV-1a, murmur's finish). */
export function seededFraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
