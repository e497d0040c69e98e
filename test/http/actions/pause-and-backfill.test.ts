import { describe, expect, it } from 'vitest';
import { NOW } from '../world.ts';
import { actionWorld, putSchedule } from './post.ts';

const HOUR = 3_600_000;

function scheduled(texts: readonly string[] = ['0 * * * *']) {
  const world = actionWorld();
  const deploymentId = world.deploy(null);
  for (const cron of texts) putSchedule(world.store, deploymentId, cron, NOW);
  return { ...world, deployment: () => world.store.deployments.byId(deploymentId) };
}

describe('pausing from the page', () => {
  it('asks for a reason and an end, pauses, and resumes', async () => {
    const world = scheduled();
    const form = await world.text('/flows/nightly/pause');
    expect(form).toContain('name="reason"');
    expect(form).not.toContain('name="schedule"');
    expect(form).toContain('<pre>weir deployment pause nightly --reason WHY --until 2h</pre>');
    const answer = await world.post('/flows/nightly/pause', { reason: 'the disk is <full>', until: '2h' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/flows/nightly?done=paused']);
    expect(world.deployment()).toMatchObject({
      ...{ pausedAt: NOW, pausedBy: 'the page', pausedReason: 'the disk is <full>', pausedUntil: NOW + 2 * HOUR },
    });
    expect(await world.text('/flows/nightly/pause')).toContain('the disk is &lt;full&gt;');
    const resume = () => world.post('/flows/nightly/resume');
    expect((await resume()).headers.get('location')).toBe('/flows/nightly?done=unpaused');
    expect((await resume()).headers.get('location')).toBe('/flows/nightly?done=not-paused');
    expect(world.deployment()?.pausedAt).toBeNull();
  });

  it.each(['soon', '2026-01-05T10:00', '2026-13-01', '-2h'])(
    'with the end %s comes back with the reason, and pauses nothing',
    async (until) => {
      const world = scheduled();
      const answer = await world.post('/flows/nightly/pause', { reason: 'keep "this"', until });
      const page = await answer.text();
      expect(answer.status).toBe(400);
      expect(page).toMatch(/id="until-error"/);
      expect(page).toContain('value="keep &quot;this&quot;"');
      expect(page).toContain(`value="${until}"`);
      expect(page).not.toContain('--until is');
      expect(world.deployment()?.pausedAt).toBeNull();
    },
  );

  it('one of several schedules alone', async () => {
    const world = scheduled(['0 * * * *', '30 * * * *']);
    expect(await world.text('/flows/nightly/pause')).toContain('<option value="30 * * * *">');
    expect((await world.post('/flows/nightly/pause', { schedule: '5 * * * *' })).status).toBe(400);
    expect((await world.post('/flows/nightly/pause', { schedule: '30 * * * *' })).status).toBe(303);
    expect(world.deployment()?.pausedAt).toBeNull();
    const paused = world.store.deployments.schedulesOf(1).filter(({ pausedAt }) => pausedAt !== null);
    expect(paused.map(({ identity }) => identity)).toEqual(['30 * * * *']);
    await world.post('/flows/nightly/resume', { schedule: '30 * * * *' });
    expect(world.store.deployments.schedulesOf(1).every(({ pausedAt }) => pausedAt === null)).toBe(true);
  });

  it('of a flow that is not there, or not deployed, is refused', async () => {
    const world = scheduled();
    world.seed({ flow: 'by-hand' });
    expect((await world.get('/flows/nothing/pause')).status).toBe(404);
    expect((await world.post('/flows/nothing/resume')).status).toBe(404);
    expect((await world.post('/flows/by-hand/pause')).status).toBe(409);
  });
});

describe('a backfill from the page', () => {
  it('shows which runs it would make, then makes just those', async () => {
    const world = scheduled();
    const asked = await world.text('/flows/nightly/backfill?from=2026-01-05T06:00&to=2026-01-05T09:00&max=2');
    expect(asked).toContain('4 runs would be made');
    expect(asked).toContain('at most 2 at once');
    expect(asked).toContain('weir deployment backfill nightly --from 2026-01-05T06:00 --to 2026-01-05T09:00 --max 2');
    expect(world.runs()).toBe(0);
    const hidden = Object.fromEntries(
      [...asked.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]),
    ) as Record<string, string>;
    expect(hidden).toMatchObject({ from: '2026-01-05T06:00:00.000Z', to: '2026-01-05T09:00:00.000Z', max: '2' });
    const answer = await world.post('/flows/nightly/backfill', hidden);
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(
      '/runs?q=deployment:nightly%2Fdefault+trigger:backfill&done=backfilled',
    );
    expect(world.runs()).toBe(4);
    expect(world.asked.nudges).toBe(1);
    const again = await world.post('/flows/nightly/backfill', hidden);
    expect(await again.text()).toContain('Nothing to make up for');
    expect(world.runs()).toBe(4);
  });

  it.each([
    ['from=', 'from is missing'],
    ['from=soon', 'is not a time'],
    ['from=2026-01-05&to=2026-01-01', 'lies before the begin'],
    ['from=2d&max=0', 'whole number from 1'],
    ['from=2d&max=x', 'whole number from 1'],
    ['from=2d&schedule=x', 'has no schedule'],
    ['from=1990-01-01', 'due times lie in that time'],
  ])('asked with %s says what is wrong, and keeps what was typed', async (query, sentence) => {
    const world = scheduled();
    const answer = await world.get(`/flows/nightly/backfill?${query}`);
    const page = await answer.text();
    expect([query, answer.status]).toEqual([query, 400]);
    expect(page).toContain(sentence);
    expect(page).toContain(`name="from" value="${new URLSearchParams(query).get('from')}"`);
    expect(page).not.toMatch(/>[^<]*--from is/);
    expect((await world.post('/flows/nightly/backfill', Object.fromEntries(new URLSearchParams(query)))).status).toBe(
      400,
    );
    expect(world.runs()).toBe(0);
  });

  it('without a schedule has nothing to make up for', async () => {
    const world = scheduled([]);
    const answer = await world.get('/flows/nightly/backfill?from=2d');
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('nothing of it was ever due');
    expect((await world.get('/flows/nightly/backfill')).status).toBe(200);
  });
});
