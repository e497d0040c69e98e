import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type LogSource, mergeLogs } from '../../src/engine/tell/log-merge.ts';
import type { StoredLogChunk } from '../../src/store/logs.ts';

it('logs of several runs are read as one in the order of their chunks, pages of bounded size, each chunk once', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(6), { maxLength: 3000 }), fc.nat(3000), (owners, seen) => {
      let largest = 0;
      const all = owners.map((owner, place) => ({ owner, id: place + 1 }));
      let known = all.slice(0, seen);
      const sources = [...new Set(owners)].map(
        (owner): LogSource => ({
          after: 0,
          read(after, limit) {
            const page = known.filter((each) => each.owner === owner && each.id > after).slice(0, limit);
            largest = Math.max(largest, page.length);
            return page as unknown as StoredLogChunk[];
          },
        }),
      );
      const read = () => [...mergeLogs(sources)].map(({ chunk }) => chunk.id);
      const before = read();
      known = all;
      expect([...before, ...read()]).toEqual(all.map(({ id }) => id));
      expect(largest * sources.length).toBeLessThanOrEqual(1000);
    }),
    { numRuns: 50 },
  );
});

it('the end of several logs is read backwards, the newest chunk first', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(4), { maxLength: 500 }), fc.integer({ min: 1, max: 50 }), (owners, mostHeld) => {
      const all = owners.map((owner, place) => ({ owner, id: place + 1 })).toReversed();
      const sources = [...new Set(owners)].map(
        (owner): LogSource => ({
          after: Number.MAX_SAFE_INTEGER,
          read: (before, limit) =>
            all
              .filter((each) => each.owner === owner && each.id < before)
              .slice(0, limit) as unknown as StoredLogChunk[],
        }),
      );
      const read = [...mergeLogs(sources, { isBackward: true, mostHeld })].map(({ chunk }) => chunk.id);
      expect(read).toEqual(all.map(({ id }) => id));
    }),
    { numRuns: 50 },
  );
});
