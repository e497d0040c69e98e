import { describe, expect, it } from 'vitest';
import { appWorld } from '../world.ts';

const PICTURE = '<svg xmlns="http://www.w3.org/2000/svg"/>';

describe('the report of a run', () => {
  it('is one file: pictures inside, nothing to load, nothing to press, links that lead back', async () => {
    const world = appWorld();
    const before = world.seed({ params: { lr: 1 } });
    const id = world.seed({
      flow: 'nightly',
      state: 'failed',
      params: { lr: 2 },
      tasks: [{ name: 'a' }, { name: 'b', upstream: [0], state: 'failed' }],
      artifacts: [
        { key: 'chart & more', kind: 'image', mediaType: 'image/svg+xml', text: PICTURE },
        { key: 'note', kind: 'markdown', mediaType: 'text/markdown', text: '# Note\n\n![c](chart%20&%20more)' },
      ],
    });
    const answer = await world.get(`/runs/${id}/report.html`);
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="nightly-run-${id}.html"`);
    const page = await answer.text();
    const data = `data:image/svg+xml;base64,${Buffer.from(PICTURE).toString('base64')}`;
    expect(page.split(` src="${data}"`)).toHaveLength(3);
    expect(page).not.toMatch(/<script|<form|<button|<link|<input/);
    expect(page).not.toMatch(/ (?:src|href)="\//);
    expect(page).toMatch(new RegExp(`href="http://[^/"]+/runs/${before}"`));
    // Within the file it goes from a node of the graph to its row.
    expect(page).toMatch(/<a href="#t\d+"/);
    expect(page).toContain('Mon 5 Jan 2026 12:00 CET');
    expect(page).toContain('Made by Weir 1.2.3');
    expect(world.faults).toEqual([]);
  });

  it('leaves out pictures that are too large, and has a name that every system takes', async () => {
    const world = appWorld();
    const id = world.seed({
      flow: '../ä"; x',
      artifacts: [{ key: 'big', kind: 'image', mediaType: 'image/png', text: 'x'.repeat(2_100_000) }],
    });
    const answer = await world.get(`/runs/${id}/report.html`);
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="..-x-run-${id}.html"`);
    const page = await answer.text();
    expect(page).not.toContain('<img');
    expect(page).toContain('download big');
  });

  it('is not there for a run that is not', async () => {
    expect((await appWorld().get('/runs/7/report.html')).status).toBe(404);
  });
});
