/** /api/task-runs: tasks of one run, or the newest of all. */
import { z } from 'zod';
import { stateJson, taskRunJson } from '../../engine/tell/run-json.ts';
import { WeirError } from '../../model/errors.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import { cursorOf, pageOf, placeOf } from './cursor.ts';
import { paged, whole } from './fields.ts';
import type { ApiParts } from './parts.ts';
import { type Route, route } from './route.ts';
import { taskRun } from './run-shapes.ts';
import { listOf, state } from './shapes.ts';

const TASKS = 'task-runs';

export const ofTask = z.strictObject({ task: whole(1, Number.MAX_SAFE_INTEGER) });

export function taskRunRoutes({ store }: ApiParts): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/task-runs',
      tag: TASKS,
      summary: 'Task runs, newest first',
      query: z.strictObject({
        flow_run: whole(1, Number.MAX_SAFE_INTEGER).optional(),
        ...paged(50, 200),
      }),
      answers: { 200: { description: 'a page of task runs', schema: listOf('weir.task-runs/1', taskRun) } },
      handle: ({ query: { flow_run: flowRunId = null, limit, cursor } }) =>
        store.overview.inSnapshot(() => {
          const [before = null] = placeOf('task-runs', cursor, 1) ?? [];
          const rows = store.taskRuns.page({ flowRunId, before, limit: limit + 1 });
          return {
            json: pageOf('weir.task-runs/1', rows, limit, taskRunJson, (last) => cursorOf('task-runs', last.id)),
          };
        }),
    }),
    route({
      method: 'get',
      path: '/api/task-runs/{task}',
      tag: TASKS,
      summary: 'A task run',
      params: ofTask,
      answers: { 200: { description: 'the task run', schema: taskRun } },
      refuses: ['not-found'],
      handle: ({ params }) => ({ json: taskRunJson(findTask(store, params.task)) }),
    }),
    route({
      method: 'get',
      path: '/api/task-runs/{task}/states',
      tag: TASKS,
      summary: 'The states that a task run was in, oldest first',
      params: ofTask,
      answers: { 200: { description: 'all of them', schema: listOf('weir.states/1', state) } },
      refuses: ['not-found'],
      handle: ({ params }) => ({
        json: { schema: 'weir.states/1', items: findTask(store, params.task).states.map(stateJson), next: null },
      }),
    }),
  ];
}

/** @throws WeirError `not-found` */
export function findTask(store: ApiParts['store'], id: number): TaskRunRow {
  const row = store.taskRuns.byId(id);
  if (row === null) throw new WeirError('not-found', `there is no task run ${id}`);
  return row;
}
