import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { packCode } from '../../../src/model/packed-code.ts';
import { appWorld, NOW } from '../world.ts';

describe('the comparison of two runs', () => {
  it('has what differs first, with by how much', async () => {
    const world = appWorld();
    const a = world.seed({
      params: { same: 1, lr: 0.1 },
      metrics: { rmse: 2 },
      tookMs: 1000,
      tasks: [{ name: 'fetch' }, { name: 'train', tookMs: 2000 }],
      artifacts: [
        { key: 'model', text: 'one' },
        { key: 'data', text: 'equal' },
      ],
    });
    const b = world.seed({
      params: { same: 1, lr: 0.2, extra: true },
      metrics: { rmse: 1.5 },
      tookMs: 3000,
      state: 'failed',
      tasks: [{ name: 'fetch' }, { name: 'train', tookMs: 5000, state: 'failed' }],
      artifacts: [
        { key: 'model', text: 'two' },
        { key: 'data', text: 'equal' },
      ],
    });
    const page = await world.text(`/compare?a=${a}&b=${b}`);
    expect(page).toContain(`<h1>nightly: run ${a} and run ${b}</h1>`);
    const params = sectionOf(page, 'params');
    expect(params.indexOf('</span>lr</th>')).toBeLessThan(params.indexOf('</span>same</th>'));
    expect(params).toContain('<td>0.1</td><td>0.2</td>');
    expect(params).toContain('<td><span class="dim">none</span></td><td>true</td>');
    expect(params).toContain('<small>2 differ</small>');
    expect(sectionOf(page, 'metrics')).toContain('>-0.5 (-25 %)</td>');
    const tasks = sectionOf(page, 'tasks');
    expect(tasks).toContain('<td class="n">2s, completed</td><td class="n">5s, failed</td><td class="n dim">+3s</td>');
    expect(tasks.indexOf('</span>train</th>')).toBeLessThan(tasks.indexOf('</span>fetch</th>'));
    const artifacts = sectionOf(page, 'artifacts');
    expect(artifacts.indexOf('</span>model</th>')).toBeLessThan(artifacts.indexOf('</span>data</th>'));
    expect(artifacts).toContain('<small>1 differs</small>');
    expect(page).toContain(`href="/compare?a=${b}&amp;b=${a}"`);
  });

  it('shows the code line by line, without what is equal, and only so much of it', async () => {
    const world = appWorld();
    const files = (text: string) =>
      packCode(
        JSON.stringify({
          files: [
            ['/flows/a/flow.ts', text],
            ['/flows/a/same.ts', 'x'],
          ],
          imports: [],
        }),
      );
    world.store.codeVersions.put('old', files('one\ntwo\nthree\n'), NOW);
    world.store.codeVersions.put('new', files('one\n<b>2</b>\nthree\n'), NOW);
    world.store.codeVersions.put(
      'long',
      files(Array.from({ length: 5000 }, (_, index) => `line ${index}`).join('\n')),
      NOW,
    );
    const [a, b, c, d] = world.seedMany([{}, {}, {}, {}]);
    for (const [id, hash] of [
      [a, 'old'],
      [b, 'new'],
      [c, 'long'],
    ] as const)
      world.store.flowRuns.setCode(id ?? 0, hash);
    const page = await world.text(`/compare?a=${a}&b=${b}`);
    expect(page).toContain('<h3>flow.ts</h3>');
    expect(page).toContain('<span> one</span><del>-two</del><ins>+&lt;b&gt;2&lt;/b&gt;</ins><span> three</span>');
    expect(page).not.toContain('same.ts');
    expect(await world.text(`/compare?a=${a}&b=${a}`)).toContain('The same code version.');
    expect(await world.text(`/compare?a=${a}&b=${d}`)).toContain('so the code cannot be compared');
    const long = await world.text(`/compare?a=${a}&b=${c}`);
    expect(long).toMatch(/and \d+ more lines|Too large to be compared/);
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(50 * 1024);
  });

  it('asks for the runs when the address does not say them, and says which one there is not', async () => {
    const world = appWorld();
    const id = world.seed();
    expect(await world.text('/compare')).toContain('<h1>Compare two runs</h1>');
    expect(await world.text(`/compare?a=${id}`)).toContain(`name="a" value="${id}"`);
    expect((await world.get(`/compare?a=${id}&b=99`)).status).toBe(404);
    expect((await world.get(`/compare?a=${id}&b=%3Cscript%3E`)).status).toBe(404);
    expect(world.faults).toEqual([]);
  });

  it('keeps its budget with runs of thousands of tasks, parameters and artifacts', async () => {
    const world = appWorld();
    const many = (text: string) => ({
      params: Object.fromEntries(
        Array.from({ length: 300 }, (_, index) => [`parameter-${index}`, `${text}-${index}`.repeat(20)]),
      ),
      tasks: Array.from({ length: 2000 }, (_, index) => ({ name: `task-${index}`, tookMs: index * text.length })),
      artifacts: Array.from({ length: 300 }, (_, index) => ({ key: `artifact-${index}`, text: text + index })),
    });
    const [a, b] = world.seedMany([many('one'), many('three')]);
    const code = (sign: string) =>
      Array.from({ length: 900 }, (_, index) => `${sign} ${index} ${Math.sin(index)}`).join('\n');
    for (const [id, hash] of [
      [a, 'one'],
      [b, 'two'],
    ] as const) {
      world.store.codeVersions.put(
        hash,
        packCode(JSON.stringify({ files: [['/f.ts', code(hash)]], imports: [] })),
        NOW,
      );
      world.store.flowRuns.setCode(id ?? 0, hash);
    }
    const page = await world.text(`/compare?a=${a}&b=${b}`);
    expect(page).toMatch(/<small>\d+ of 300, /);
    expect(sectionOf(page, 'tasks')).toContain('</span>task-1999</th>');
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(50 * 1024);
    expect(gzipSync(page).length).toBeLessThanOrEqual(12 * 1024);
  });
});

function sectionOf(page: string, id: string): string {
  const from = page.indexOf(`<section id="${id}"`);
  const to = page.indexOf('<section id="', from + 1);
  return page.slice(from, to === -1 ? undefined : to);
}
