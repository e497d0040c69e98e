import { describe, expect, it, vi } from 'vitest';
import { CREDIT_BYTES, LOG_QUOTA_BYTES, type LogPiece } from '../../src/model/command.ts';
import type { DrawnProgress } from '../../src/model/drawn-progress.ts';
import { ByteTail } from '../../src/spawner/byte-tail.ts';
import { OutputLog } from '../../src/spawner/output-log.ts';

const HALF = LOG_QUOTA_BYTES / 2;
const LINE = Buffer.from(`${'x'.repeat(1023)}\n`);

/** A log whose owner takes everything in at once, unless told otherwise. */
function world(takesIn = true) {
  const pieces: { stream: string; text: string; leftOut: LogPiece['leftOut'] }[] = [];
  const progress: DrawnProgress[] = [];
  const log: OutputLog = new OutputLog({
    onPiece: ({ stream, data, leftOut }) => {
      pieces.push({ stream, text: Buffer.from(data).toString(), leftOut });
      if (takesIn) queueMicrotask(() => log.credit(data.byteLength));
    },
    onProgress: (each) => progress.push(each),
  });
  const size = () => pieces.reduce((sum, { text }) => sum + text.length, 0);
  return { log, pieces, progress, size };
}

async function takeLines(log: OutputLog, bytes: number, line = LINE): Promise<void> {
  const piece = Buffer.concat(Array.from({ length: 64 }, () => line));
  for (let taken = 0; taken < bytes; taken += piece.length) {
    log.take('stdout', piece);
    await null;
  }
}

const ended = (log: OutputLog) => new Promise<void>((resolve) => log.end(resolve));

describe('a log', () => {
  it('is sent line by line as it comes, the open line at its end', async () => {
    const { log, pieces } = world();
    log.take('stdout', Buffer.from('one\ntw'));
    log.take('stderr', Buffer.from('oops\n'));
    log.take('stdout', Buffer.from('o\nthree'));
    await ended(log);
    expect(pieces.map(({ stream, text }) => [stream, text])).toEqual([
      ['stdout', 'one\n'],
      ['stderr', 'oops\n'],
      ['stdout', 'two\n'],
      ['stdout', 'three\n'],
    ]);
    expect(log.stdout.toString()).toBe('one\ntwo\nthree');
  });

  it('holds its command up while the owner takes nothing in, and sends no more than the credit', () => {
    const { log, size } = world(false);
    while (!log.isFull) log.take('stdout', LINE);
    expect(size()).toBe(CREDIT_BYTES);
    log.take('stdout', LINE);
    expect(size()).toBe(CREDIT_BYTES);
    log.credit(CREDIT_BYTES);
    expect(log.isFull).toBe(false);
    expect(size()).toBe(CREDIT_BYTES + LINE.length);
  });

  it('within its quota is sent whole', async () => {
    const { log, pieces, size } = world();
    await takeLines(log, LOG_QUOTA_BYTES - 64 * 1024);
    await ended(log);
    expect(size()).toBe(LOG_QUOTA_BYTES - 64 * 1024);
    expect(pieces.every(({ leftOut }) => leftOut === undefined)).toBe(true);
  });

  it('over its quota holds nobody up, and leaves out between its first and its last half, to the byte', async () => {
    const { log, pieces, size } = world();
    await takeLines(log, 5 * LOG_QUOTA_BYTES);
    expect(log.isFull).toBe(false);
    log.take('stdout', Buffer.from('last\n'));
    await ended(log);
    const gaps = pieces.flatMap(({ leftOut }, index) => (leftOut === undefined ? [] : [{ ...leftOut, index }]));
    expect(gaps.reduce((sum, { bytes }) => sum + bytes, 0) + size()).toBe(5 * LOG_QUOTA_BYTES + 5);
    const missing = 5 * LOG_QUOTA_BYTES + 5 - size();
    expect(gaps.reduce((sum, { lines }) => sum + lines, 0)).toBe(missing / LINE.length);
    const lastGap = gaps.at(-1)?.index ?? 0;
    const tail = pieces.slice(lastGap).reduce((sum, { text }) => sum + text.length, 0);
    expect(tail).toBeGreaterThan(HALF - 64 * 1024);
    expect(pieces.at(-1)?.text.endsWith('last\n')).toBe(true);
  });

  it('over its first half still comes, a little at a time, while the command goes on', async () => {
    vi.useFakeTimers();
    try {
      const { log, size } = world();
      await takeLines(log, HALF);
      const first = size();
      log.take('stdout', Buffer.from('late\n'));
      expect(size()).toBe(first);
      await vi.advanceTimersByTimeAsync(1000);
      expect(size()).toBe(first + 5);
    } finally {
      vi.useRealTimers();
    }
  });

  it('of streams that alternate line by line keeps the order in each of them, and little memory', async () => {
    const { log, pieces } = world();
    await takeLines(log, HALF);
    const before = pieces.length;
    for (let n = 0; n < 100_000; n++) log.take(n % 2 === 0 ? 'stdout' : 'stderr', Buffer.from(`line ${n}\n`));
    await ended(log);
    const late = pieces.slice(before);
    expect(late.length).toBeLessThan(200);
    for (const [stream, first] of [
      ['stdout', 0],
      ['stderr', 1],
    ] as const) {
      const lines = late.filter((each) => each.stream === stream).flatMap(({ text }) => text.trimEnd().split('\n'));
      const own = lines.filter((line) => line.startsWith('line'));
      expect(own).toEqual(Array.from({ length: 50_000 }, (_, index) => `line ${2 * index + first}`));
    }
  });

  it('tells what a progress bar shows, the last state never passed over', async () => {
    vi.useFakeTimers();
    try {
      const { log, progress } = world();
      for (let n = 0; n <= 60; n++) log.take('stderr', Buffer.from(`\r${n}%|##| ${n}/100 [00:01]`));
      expect(progress.map(({ done }) => done)).toEqual([0]);
      await vi.advanceTimersByTimeAsync(250);
      expect(progress.map(({ done }) => done)).toEqual([0, 60]);
      await vi.advanceTimersByTimeAsync(5000);
      expect(progress).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the tail of a stream', () => {
  it.each([
    ['fewer bytes than it holds', ['abc'], 'abc'],
    ['as many', ['abcd', 'efgh'], 'abcdefgh'],
    ['more, in pieces', ['abcd', 'efgh', 'ij'], 'cdefghij'],
    ['more than it holds at once', ['0123456789abcdef'], '89abcdef'],
    ['a character cut in two at its beginning', ['abcd€', 'efghi'], 'efghi'],
  ])('keeps the last of %s', (_, pieces, expected) => {
    const tail = new ByteTail(pieces.join('').includes('€') ? 7 : 8);
    for (const piece of pieces) tail.take(Buffer.from(piece));
    expect(tail.bytes().toString()).toBe(expected);
  });
});
