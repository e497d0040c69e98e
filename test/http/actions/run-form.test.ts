import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decode } from '../../../src/model/codec.ts';
import { actionWorld, SCHEMA } from './post.ts';

const paramsOf = (world: ReturnType<typeof actionWorld>, id: number) =>
  decode(world.store.flowRuns.byId(id)?.params as Uint8Array);

describe('the form of a flow', () => {
  it('has a field for each parameter as its schema wants it, with its default and what it means', async () => {
    const world = actionWorld();
    world.deploy();
    const page = await world.text('/flows/nightly/run');
    expect(page).toMatch(/<label for="p0">epochs<small>a whole number<\/small><small>required<\/small>/);
    expect(page).toMatch(
      /<input type="number" name="p\.epochs" id="p0" required="" value="" step="1" min="1" max="100"/,
    );
    expect(page).toMatch(
      /<input type="number" name="p\.lr"[^>]*aria-describedby="p1-about"[^>]*step="any" placeholder="0\.1"/,
    );
    expect(page).toContain('<p class="sub" id="p1-about">How far a step goes</p>');
    expect(page).toMatch(/<option value="">ridge \(default\)<\/option><option value="ridge"/);
    expect(page).toMatch(
      /name="p\.shuffle" value="false"\/><input type="checkbox" name="p\.shuffle" value="true" checked=""/,
    );
    expect(page).toMatch(/<input type="date" name="p\.since"/);
    expect(page).toMatch(/<textarea name="p\.layers"/);
    expect(page).toContain('<pre>weir deployment run nightly</pre>');
    expect(page).not.toContain('aria-invalid="true"');
  });

  it('starts a run with what was typed, read as -p reads it, and shows it', async () => {
    const world = actionWorld();
    world.deploy();
    const answer = await world.post('/flows/nightly/run', [
      ['p.epochs', '7'],
      ['p.lr', ''],
      ['p.model', 'forest'],
      ['p.shuffle', 'false'],
      ['p.since', '2026-01-05'],
      ['p.layers', '8,16'],
      ['p.note', ' two\r\nlines '],
    ]);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/runs/1?done=started']);
    expect(paramsOf(world, 1)).toEqual({
      ...{ epochs: 7, model: 'forest', shuffle: false, since: '2026-01-05', layers: [8, 16], note: ' two\nlines ' },
    });
    expect(world.store.flowRuns.byId(1)).toMatchObject({
      trigger: 'page',
      flow: 'nightly',
      state: { name: 'Scheduled' },
    });
    expect(world.asked.nudges).toBe(1);
  });

  it('a box that is ticked counts, and one that stands as by default gives nothing', async () => {
    const world = actionWorld();
    world.deploy();
    const send = (...shuffle: string[]) =>
      world.post('/flows/nightly/run', [
        ['p.epochs', '1'],
        ...shuffle.map((value): [string, string] => ['p.shuffle', value]),
      ]);
    await send('false', 'true');
    await send('false');
    await send();
    expect([1, 2, 3].map((id) => paramsOf(world, id))).toEqual([
      { epochs: 1 },
      { epochs: 1, shuffle: false },
      { epochs: 1 },
    ]);
  });

  it('with values that cannot be comes back with all of them and what is wrong, and starts nothing', async () => {
    const world = actionWorld();
    world.deploy();
    const answer = await world.post('/flows/nightly/run', {
      'p.epochs': 'many "<b>"',
      'p.lr': '0.5',
      'p.layers': '[1, "x"]',
      'p.since': '2026-02-30',
      'p.note': '</textarea><script>alert(1)</script>',
    });
    const page = await answer.text();
    expect(answer.status).toBe(422);
    expect(world.runs()).toBe(0);
    expect(page).toContain('3 values are not right');
    expect(page).toContain('<a href="#p0">epochs: expected a whole number</a>');
    expect(page).toMatch(/<p class="err" id="p0-error">Expected a whole number\.<\/p>/);
    expect(page).toMatch(
      /aria-describedby="p0-error" aria-invalid="true" required="" value="many &quot;&lt;b&gt;&quot;"/,
    );
    expect(page).toMatch(/name="p\.lr"[^>]*value="0\.5"/);
    expect(page).toContain('[1, &quot;x&quot;]</textarea>');
    expect(page).toContain('value="&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
    expect(page).toContain('name="p.since" id="p4" aria-describedby="p4-error" aria-invalid="true" value="2026-02-30"');
    expect(page).not.toContain('<script>alert');
    expect(world.asked.nudges).toBe(0);
  });

  it('a parameter that must be given is asked for in words, and nothing else is lost', async () => {
    const world = actionWorld();
    world.deploy();
    const answer = await world.post('/flows/nightly/run', { 'p.note': 'keep me' });
    const page = await answer.text();
    expect([answer.status, world.runs()]).toEqual([422, 0]);
    expect(page).toContain('It must be given: a whole number.');
    expect(page).toContain('value="keep me"');
  });

  it('is filled with the values of a run, and marks those that differ from the default', async () => {
    const world = actionWorld();
    world.deploy();
    const id = world.seed({ params: { epochs: 9, lr: 0.003, model: 'ridge', layers: [1, 2], gone: 1 } });
    const page = await world.text(`/flows/nightly/run?from=${id}`);
    expect(page).toMatch(/name="p\.epochs"[^>]*value="9"/);
    expect(page).toMatch(
      /value="0\.003"[^>]*\/><p class="sub"[^>]*>[^<]*<\/p><p class="changed" id="p1-remark"><b>changed<\/b> in run 1, the default is <code>0\.1<\/code>/,
    );
    expect(page.match(/<b>changed<\/b>/g)).toHaveLength(1);
    expect(page).toContain(
      `weir deployment run nightly -p epochs=9 -p lr=0.003 -p model=ridge -p &#39;layers=[1,2]&#39;`,
    );
    expect(page).toContain('Run 1 also had gone, which the flow does not take any more.');
  });

  it('only checks where that is asked for, and shows the command that does the same', async () => {
    const world = actionWorld();
    world.deploy();
    const answer = await world.post('/flows/nightly/run', { 'p.epochs': '3', 'p.note': "it's @", do: 'check' });
    const page = await answer.text();
    expect([answer.status, world.runs()]).toEqual([200, 0]);
    expect(page).toContain('The values are right. Nothing was started.');
    expect(page).toContain('weir deployment run nightly -p epochs=3 -p &#39;note=it&#39;\\&#39;&#39;s @&#39;');
  });

  it('sent twice starts one run, sent with other values another', async () => {
    const world = actionWorld();
    world.deploy();
    const once = /name="once" value="([^"]+)"/.exec(await world.text('/flows/nightly/run'))?.[1] ?? '';
    const send = (epochs: string) => world.post('/flows/nightly/run', { once, 'p.epochs': epochs });
    expect((await send('1')).headers.get('location')).toBe('/runs/1?done=started');
    expect((await send('1')).headers.get('location')).toBe('/runs/1?done=sent-before');
    expect((await send('2')).headers.get('location')).toBe('/runs/2?done=started');
    expect(once).not.toBe('');
  });

  it.each(['/', '/flows/nightly'])(
    'a button of %s starts one run when pressed twice, and another once its page knows of that run',
    async (page) => {
      const world = actionWorld();
      world.deploy({});
      const button = async () => /action="(\/flows\/nightly\/run\?[^"]+)"/.exec(await world.text(page))?.[1] ?? '';
      const first = await button();
      expect((await world.post(first)).headers.get('location')).toBe('/runs/1?done=started');
      expect((await world.post(first)).headers.get('location')).toBe('/runs/1?done=sent-before');
      expect((await world.post(await button())).headers.get('location')).toBe('/runs/2?done=started');
    },
  );

  it('of several deployments runs the one that is named, with its own parameters', async () => {
    const world = actionWorld();
    world.deploy(SCHEMA, { params: { lr: 0.5, epochs: 2 } });
    world.deploy(SCHEMA, { name: 'small', params: { epochs: 4 } });
    const page = await world.text('/flows/nightly/run?deployment=small');
    expect(page).toContain('Run nightly/small');
    expect(page).toContain('<a href="/flows/nightly/run?deployment=default">default</a>');
    expect(page).toContain('placeholder="4"');
    expect(page).not.toContain('required=""');
    expect((await world.post('/flows/nightly/run')).status).toBe(400);
    expect((await world.post('/flows/nightly/run', { deployment: 'large' })).status).toBe(404);
    expect(world.runs()).toBe(0);
    await world.post('/flows/nightly/run', { deployment: 'small', 'p.lr': '1' });
    expect(paramsOf(world, 1)).toEqual({ epochs: 4, lr: 1 });
  });

  it('takes any parameters as JSON where the flow declares none', async () => {
    const world = actionWorld();
    world.deploy(null);
    expect(await world.text('/flows/nightly/run')).toContain('a JSON object');
    const wrong = await world.post('/flows/nightly/run', { params: '{"week": ' });
    expect(wrong.status).toBe(422);
    expect(await wrong.text()).toContain('{&quot;week&quot;: </textarea>');
    await world.post('/flows/nightly/run', { params: '{"week": 7}' });
    expect(paramsOf(world, 1)).toEqual({ week: 7 });
    expect(await world.text('/flows/nightly/run?from=1')).toMatch(/\{\s*&quot;week&quot;: 7\s*\}<\/textarea>/);
  });

  it('of a flow that is not deployed says how it is run, and knows no other', async () => {
    const world = actionWorld();
    world.seed({ flow: 'by hand' });
    expect(await world.text('/flows/by%20hand/run')).toContain('<pre>weir run /flows/flow.ts</pre>');
    expect((await world.post('/flows/by%20hand/run')).status).toBe(409);
    expect((await world.get('/flows/nothing/run')).status).toBe(404);
    expect((await world.post('/flows/nothing/run')).status).toBe(404);
    expect(world.runs()).toBe(1);
  });

  it('refuses the values of a run of another flow', async () => {
    const world = actionWorld();
    world.deploy();
    const id = world.seed({ flow: 'other' });
    expect((await world.get(`/flows/nightly/run?from=${id}`)).status).toBe(409);
    expect((await world.get('/flows/nightly/run?from=x')).status).toBe(404);
  });

  it('stays within its budget with a hundred parameters, and takes those that have no field as JSON', async () => {
    const world = actionWorld();
    const properties = Object.fromEntries(
      Array.from({ length: 100 }, (_, place) => [
        `parameter_${place}`,
        { type: 'number', description: `What ${place} means` },
      ]),
    );
    world.deploy({ type: 'object', properties, additionalProperties: false });
    const page = Buffer.from(await world.text('/flows/nightly/run'));
    expect(page.length).toBeLessThanOrEqual(50 * 1024);
    expect(gzipSync(page).length).toBeLessThanOrEqual(12 * 1024);
    const answer = await world.post('/flows/nightly/run', { 'p.parameter_1': '1', params: '{"parameter_99": 9}' });
    expect(answer.status).toBe(303);
    expect(paramsOf(world, 1)).toEqual({ parameter_99: 9, parameter_1: 1 });
    expect((await world.post('/flows/nightly/run', { params: '{"parameter_990": 9}' })).status).toBe(422);
  });

  it('shows hostile names, texts and defaults as text', async () => {
    const world = actionWorld();
    const evil = '"><script>alert(1)</script>';
    world.deploy(
      {
        type: 'object',
        properties: {
          [evil]: { enum: [evil, 'b'], description: evil, title: evil, default: evil },
          t: { type: 'string', default: evil },
        },
      },
      { flow: evil },
    );
    const path = `/flows/${encodeURIComponent(evil)}/run`;
    for (const page of [
      await world.text(path),
      await (await world.post(path, { [`p.${evil}`]: evil, 'p.t': evil, do: 'check', once: evil })).text(),
    ]) {
      expect(page).toContain('&lt;script&gt;alert(1)');
      expect(page).not.toContain('<script>alert');
    }
    await world.post(path, { [`p.${evil}`]: evil });
    expect(paramsOf(world, 1)).toEqual({ [evil]: evil });
  });
});
