import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { appWorld, type Seed, type SeedTask } from '../world.ts';

const HOSTILE = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>&amp;\u202e__proto__`;
const ERROR = { name: 'TypeError', message: 'rows is not iterable', stack: 'TypeError\n  at load' };

/** Text that hardly packs. */
function noise(length: number, seed = 1): string {
  let state = seed;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(33 + (state % 90));
  }).join('');
}

function sizes(page: string) {
  return { raw: Buffer.byteLength(page), packed: gzipSync(page).length };
}

describe('the page of a large run', () => {
  it('lists of ten thousand tasks those that failed and then the first, fifty at a time', async () => {
    const world = appWorld();
    const tasks = Array.from(
      { length: 10_000 },
      (_, index): SeedTask => ({ name: 'shard', ...(index === 9990 ? { state: 'failed', error: ERROR } : {}) }),
    );
    const [id = 0] = world.seedMany([{ state: 'failed', error: ERROR, tasks }]);
    const page = await world.text(`/runs/${id}`);
    expect(page).toContain('50 of 10000: what did not succeed, then the first');
    expect(page.indexOf('>shard 9991</a>')).toBeLessThan(page.indexOf('>shard 1</a>'));
    expect(page).toContain(`<a href="/runs/${id}?tasks=50">More tasks</a>`);
    const last = await world.text(`/runs/${id}?tasks=9950`);
    expect(last).toContain('>shard 10000</a>');
    expect(last).toContain('9951 to 10000 of 10000');
    expect(last).toContain(`?tasks=9900">Earlier tasks</a>`);
    expect(last).not.toContain('More tasks');
    expect((await world.get(`/runs/${id}?tasks=x`)).status).toBe(400);
    expect(await world.text(`/runs/${id}?tasks=99999`)).toContain('50 of 10000');
    for (const each of [page, last]) {
      expect(sizes(each).raw).toBeLessThanOrEqual(50 * 1024);
      expect(sizes(each).packed).toBeLessThanOrEqual(12 * 1024);
    }
  });

  it('leads from a folded node of the graph to the page of the table that has its tasks', async () => {
    const world = appWorld();
    const mapped = (name: string, from: number) =>
      Array.from({ length: 100 }, (_, index): SeedTask => ({ name, upstream: [from + index] }));
    const first = Array.from({ length: 100 }, (): SeedTask => ({ name: 'load' }));
    const [id = 0] = world.seedMany([{ tasks: [...first, ...mapped('train', 0), ...mapped('test', 100)] }]);
    const page = await world.text(`/runs/${id}`);
    const ids = world.store.taskOutlines.ofRun(id).map((task) => task.id);
    expect(page).toContain(`<a href="#t${ids[0]}" transform=`);
    expect(page).toContain(`<a href="/runs/${id}?tasks=100#t${ids[100]}" transform=`);
    expect(page).toContain(`<a href="/runs/${id}?tasks=200#t${ids[200]}" transform=`);
  });

  it('says so where the graph would be none to look at', async () => {
    const world = appWorld();
    const chain = Array.from(
      { length: 200 },
      (_, index): SeedTask => ({ name: `step-${index}`, upstream: index === 0 ? [] : [index - 1] }),
    );
    const [id = 0] = world.seedMany([{ tasks: chain }]);
    const page = await world.text(`/runs/${id}`);
    expect(page).toContain('The graph has too many nodes to be looked at');
    expect(page).not.toContain('aria-label="Graph');
  });

  it.each<[string, Seed]>([
    ['two hundred tasks that failed with long errors', { tasks: failing(200), log: lines(1500) }],
    ['a graph of forty nodes with long names', { tasks: wide(40), log: lines(1500) }],
    ['two hundred mapped tasks', { tasks: [{ name: 'a' }, ...fan(200)], log: lines(1500) }],
    ['a log that cannot be packed', { tasks: fan(60), log: lines(500) }],
    [
      'sixty parameters, thirty metrics and a result, all long',
      {
        params: Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`p${index}`, noise(400, index + 1)])),
        metrics: Object.fromEntries(
          Array.from({ length: 60 }, (_, index) => [`metric-${index}`, Math.sqrt(index + 2)]),
        ),
        result: noise(4000),
      },
    ],
    [
      'artifacts that cannot be packed',
      {
        tasks: failing(60),
        artifacts: Array.from({ length: 30 }, (_, index) => ({
          key: `note-${index}`,
          kind: 'markdown' as const,
          mediaType: 'text/markdown',
          text: noise(4000, index + 1),
        })),
        log: lines(500),
      },
    ],
  ])('stays within 50 KB, 12 KB packed: %s', async (_, seed) => {
    const world = appWorld();
    const [id] = world.seedMany([{ state: 'failed', error: { ...ERROR, stack: noise(5000) }, ...seed }]);
    const page = await world.text(`/runs/${id}`);
    expect(page).toContain('</html>');
    expect(sizes(page).raw).toBeLessThanOrEqual(50 * 1024);
    expect(sizes(page).packed).toBeLessThanOrEqual(12 * 1024);
    if (seed.params !== undefined) expect(page).toMatch(/<h2>Parameters<small>\d+ of 80<\/small>/);
    expect(world.faults).toEqual([]);
  });

  it('shows hostile text as text, in every place', async () => {
    const world = appWorld();
    const error = { name: HOSTILE, message: HOSTILE, stack: HOSTILE, last_lines: [HOSTILE], hint: HOSTILE };
    const seed: Seed = {
      flow: HOSTILE,
      state: 'failed',
      message: HOSTILE,
      params: { [HOSTILE]: HOSTILE, __proto__x: 1, constructor: 2 },
      result: { [HOSTILE]: HOSTILE },
      tags: [HOSTILE],
      error,
      metrics: { [HOSTILE]: 1 },
      tasks: [
        { name: HOSTILE, metrics: { [HOSTILE]: 2 } },
        { name: HOSTILE, label: HOSTILE, state: 'failed', why: HOSTILE, error, upstream: [0] },
      ],
      log: HOSTILE,
      artifacts: [
        { key: HOSTILE, kind: 'table', mediaType: 'application/json', description: HOSTILE, text: `[{"a":1}]` },
        { key: `b${HOSTILE}`, kind: 'image', mediaType: 'image/svg+xml', text: HOSTILE },
        { key: '../../etc/passwd', text: 'x' },
      ],
    };
    const first = world.seed({ ...seed, params: { other: HOSTILE } });
    const id = world.seed(seed);
    for (const path of [`/runs/${id}`, `/compare?a=${first}&b=${id}`, `/runs/${id}/report.html`]) {
      const page = await world.text(path);
      expect(page, path).toContain('&lt;script&gt;');
      expect(page, path).not.toMatch(/<script>alert|<img src=x|'><img/);
      expect(page.match(/<script/g)?.length ?? 0, path).toBe(path.endsWith('.html') ? 0 : 1);
    }
    expect(world.faults).toEqual([]);
  });
});

function failing(count: number): SeedTask[] {
  const error = { ...ERROR, message: `${noise(300)}\nmore` };
  return Array.from({ length: count }, (_, index) => ({
    name: `task-${index}`,
    label: noise(60, index + 1),
    state: 'failed',
    error,
  }));
}

function wide(count: number): SeedTask[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `${noise(40, index + 1)}`,
    upstream: index < 20 ? [] : Array.from({ length: 20 }, (__, each) => each),
  }));
}

function fan(count: number): SeedTask[] {
  return Array.from({ length: count }, (_, index) => ({ name: 'train', label: `alpha=${index}`, upstream: [0] }));
}

function lines(count: number): string {
  return Array.from({ length: count }, (_, index) => noise(120, index + 1)).join('\n');
}
