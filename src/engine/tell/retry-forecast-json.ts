/** What a retry would reuse and run, as the JSON that users script against: field names are a promise. */
import { type Forecast, forecast } from '../../model/retry-plan.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import type { PlannedRetry } from '../verbs/retry-run.ts';

export type RetryForecastJson = ReturnType<typeof retryForecastJson>;

/** `weir retry --dry-run --json`, as far as it can be known before. `asked`: the run that was named, perhaps a subflow. */
export function retryForecastJson(store: Store, asked: FlowRunRow, { row, selection, code }: PlannedRetry) {
  const tasks = store.taskRuns.ofRun(row.id);
  const forecasts = forecast(tasks, selection, code?.taskCodes ?? null);
  return {
    schema: 'weir.retry-forecast/1' as const,
    run: row.id,
    flow: row.flow,
    asked: asked.id,
    attempt: row.attempt + 1,
    only: selection?.kind === 'only',
    items: tasks.map((task) => {
      const { verdict, why } = forecasts.get(task.id) as Forecast;
      const { type, name } = task.state;
      return {
        ...{ id: task.id, name: task.name, key: task.label, state: { type, name } },
        ...{ verdict, why: why === '' ? null : why },
      };
    }),
  };
}
