/** Times in requests, as far as anybody could write them: what no calendar reaches is refused, and never a fault. */
import { expect, it } from 'vitest';
import { apiWorld } from './world.ts';

const TIMES = [
  '+275760-09-13',
  '+275760-09-13T00:00Z',
  '-271821-04-20',
  '-271821-04-20T00:00Z',
  '99999999999999d',
  `${'9'.repeat(300)}d`,
  '-000001-01-01',
  '0000-01-01',
  '9999-12-31',
  '10000-01-01',
  '2026-01-01T00:00[Mars/Phobos]',
  '2026-01-01T00:00+99:00',
  'now',
  '0d',
  '-1d',
  '1e400d',
  '2026-W01',
  '\u0000',
  'T',
  '2026-01-01T25:00',
];

it('F23: times beyond all calendars are refused wherever one may stand, or find nothing', async () => {
  const world = apiWorld();
  world.deploy('nightly', { cron: '0 2 * * *' });
  const post = (path: string, body: unknown) =>
    world.call(`/api/deployments/nightly/default/${path}`, { method: 'POST', body });
  for (const time of TIMES) {
    const text = encodeURIComponent(time);
    const answers = [
      await world.call(`/api/slots?from=${text}`),
      await world.call(`/api/slots?to=${text}`),
      await world.call(`/api/slots?from=2026-01-01&to=${text}`),
      await world.call(`/api/slots?to=2026-01-01&from=${text}`),
      await world.call(`/api/slots?to=${text}&from=${text}`),
      await world.call(`/api/flow-runs?since=${text}`),
      await world.call(`/api/flow-runs?until=${text}`),
      await post('backfill', { from: time, dry_run: true }),
      await post('backfill', { from: time, to: time, dry_run: true }),
      await post('backfill', { from: '2026-01-01', to: time, dry_run: true }),
      await post('pause', { until: time }),
      await post('runs', { slot: time }),
    ];
    for (const [place, { status }] of answers.entries())
      expect([time, place, status < 500]).toEqual([time, place, true]);
  }
});
