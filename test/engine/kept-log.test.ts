import { describe, expect, it } from 'vitest';
import { KeptLog } from '../../src/engine/execute/kept-log.ts';
import { type LeftOut, LOG_QUOTA_BYTES } from '../../src/model/command.ts';
import type { LogChunk } from '../../src/store/logs.ts';
import { engineWorld } from '../support/engine-world.ts';

const HALF = LOG_QUOTA_BYTES / 2;
const LINES = 64;

/** A log of an attempt in the database, with what was told of it. */
async function logWorld() {
  const world = await engineWorld();
  const { id } = await world.runFlow('export default flow(async () => {});');
  const { store } = world.engine;
  const log = new KeptLog(1);
  const told: LogChunk[] = [];
  let line = 0;
  /** 64 numbered lines, 64 KiB together. */
  const text = () => Array.from({ length: LINES }, () => String(line++).padEnd(1023, '.')).join('\n');
  const chunk = (said: string): LogChunk => ({
    flowRunId: id,
    taskRunId: null,
    attempt: 1,
    stream: 'stdout',
    level: 'info',
    at: 1,
    text: said,
    fields: null,
  });
  const add = (said = text(), leftOut?: LeftOut) =>
    store.writer.write(() => void told.push(...log.append(store, chunk(said), leftOut)));
  return {
    add,
    told,
    skip: (lines: number) => {
      line += lines;
      return { bytes: lines * 1024, lines };
    },
    rows: () => store.logs.after(id, 0, 1_000_000),
    async fill(bytes: number) {
      for (let filled = 0; filled < bytes; filled += LINES * 1024) await add();
    },
    lines: () => line,
  };
}

const isMark = ({ stream }: { stream: string }) => stream === 'log';

describe('the log of an attempt', () => {
  it('is whole within its quota', async () => {
    const { fill, rows } = await logWorld();
    await fill(LOG_QUOTA_BYTES);
    expect(rows().reduce((sum, { text }) => sum + text.length + 1, 0)).toBe(LOG_QUOTA_BYTES);
    expect(rows().some(isMark)).toBe(false);
  });

  it('over it keeps its first and its last half, and a mark between them says what is missing', async () => {
    const { fill, rows, lines } = await logWorld();
    await fill(3 * LOG_QUOTA_BYTES);
    const all = rows();
    const mark = all.findIndex(isMark);
    const sizeOf = (some: typeof all) => some.reduce((sum, { text }) => sum + text.length + 1, 0);
    expect(sizeOf(all.slice(0, mark))).toBe(HALF);
    expect(sizeOf(all.slice(mark + 1))).toBeGreaterThanOrEqual(HALF);
    expect(sizeOf(all)).toBeLessThan(LOG_QUOTA_BYTES + 512 * 1024);
    expect(all.filter(isMark)).toHaveLength(1);
    const told = /^\[(\d+) MiB in (\d+) lines left out here/.exec(all[mark]?.text ?? '');
    const shown = all.filter((row) => !isMark(row)).reduce((sum, row) => sum + row.lines, 0);
    expect(Number(told?.[2])).toBe(lines() - shown);
    expect(Number(told?.[1])).toBe(Math.round((lines() - shown) / 1024));
  });

  it('keeps the numbers of the lines that are left', async () => {
    const { fill, add, skip, rows } = await logWorld();
    await fill(2 * LOG_QUOTA_BYTES);
    await add(undefined, skip(1000));
    await fill(HALF / 2);
    for (const row of rows().filter((each) => !isMark(each)))
      expect(Number.parseInt(row.text, 10)).toBe(row.firstLine - 1);
  });

  it('marks each gap in its place, and puts the marks together when what is between them goes', async () => {
    const { fill, add, skip, rows, told } = await logWorld();
    await fill(HALF);
    await add(undefined, skip(500));
    await add(undefined, skip(700));
    expect(
      rows()
        .filter(isMark)
        .map(({ text }) => text.slice(0, 26)),
    ).toEqual(['[500 KiB in 500 lines left', '[700 KiB in 700 lines left']);
    expect(told.filter(isMark)).toHaveLength(2);
    await fill(LOG_QUOTA_BYTES);
    const marks = rows().filter(isMark);
    expect(marks).toHaveLength(1);
    const numbers = rows().filter((row) => !isMark(row));
    const missing = (numbers.at(-1)?.firstLine ?? 0) + LINES - 1 - numbers.length * LINES;
    expect(marks[0]?.text).toContain(`in ${missing} lines left out`);
  });

  it('keeps a single text that is larger than its half', async () => {
    const { fill, add, rows } = await logWorld();
    await fill(HALF);
    await add('x'.repeat(2 * HALF));
    expect(rows().at(-1)?.text).toHaveLength(2 * HALF);
    await add('y'.repeat(2 * HALF));
    expect(
      rows()
        .slice(-2)
        .map(({ text }) => text.slice(0, 11)),
    ).toEqual(['[16 MiB in ', 'yyyyyyyyyyy']);
  });
});
