/** A run as `weir show` and `weir watch` tell it: its account, how it ended, and what happens to it until it is over. */
import { z } from 'zod';
import { type EventJson, eventJson } from '../../engine/tell/event-json.ts';
import { runAccount } from '../../engine/tell/run-account.ts';
import { runEndJson } from '../../engine/tell/run-end-json.ts';
import { createFollower, isOver } from '../../engine/tell/run-follower.ts';
import { selectRun } from '../../engine/verbs/select-run.ts';
import { ofRun, RUNS } from './flow-runs.ts';
import { streamLines } from './line-stream.ts';
import type { ApiParts } from './parts.ts';
import { type Route, route } from './route.ts';
import { account, runEnd } from './telling-shapes.ts';

export function tellingRoutes({ store, now }: ApiParts): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/flow-runs/{run}/account',
      tag: RUNS,
      summary: 'A run with all that weir show tells of it',
      params: ofRun,
      answers: { 200: { description: 'the run, and what stands beside it', schema: account } },
      refuses: ['not-found'],
      handle: ({ params }) =>
        store.overview.inSnapshot(() => ({ json: runAccount(store, selectRun(store, params.run), now()) })),
    }),
    route({
      method: 'get',
      path: '/api/flow-runs/{run}/end',
      tag: RUNS,
      summary: 'How a run ended: its result, or what failed innermost, with its last lines',
      params: ofRun,
      answers: { 200: { description: 'as it stands, also before its end', schema: runEnd } },
      refuses: ['not-found'],
      handle: ({ params }) =>
        store.overview.inSnapshot(() => ({ json: runEndJson(store, selectRun(store, params.run)) })),
    }),
    route({
      method: 'get',
      path: '/api/flow-runs/{run}/events',
      tag: RUNS,
      summary: 'What happens to a run and its subflows, as JSON lines, until it is over',
      description:
        'States from its beginning, log lines from now on. Each line is an object: `event` is run, task, progress or log.',
      params: ofRun,
      query: z.strictObject({}),
      answers: { 200: { description: 'an event a line', content: { 'application/x-ndjson': { type: 'string' } } } },
      refuses: ['not-found', 'too-many-requests'],
      handle({ params }, c) {
        const { id } = selectRun(store, params.run);
        const current = () => selectRun(store, String(id));
        const follower = createFollower(store, current());
        return streamLines<EventJson>(c, {
          *read() {
            for (const event of follower.look()) {
              const json = eventJson(event);
              if (json !== null) yield json;
            }
          },
          tail: null,
          write: (event) => JSON.stringify(event),
          type: 'application/x-ndjson',
          isOver: () => isOver(current()),
        });
      },
    }),
  ];
}
