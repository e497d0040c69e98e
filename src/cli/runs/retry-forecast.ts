/** `weir retry --dry-run`: what would be reused and what would run, as far as it can be known before. Changes nothing. */
import type { FlowDescription } from '../../model/flow-description.ts';
import { type Forecast, forecast, type Selection } from '../../model/retry-plan.ts';
import type { FlowRunRow } from '../../store/flow-runs.ts';
import type { Store } from '../../store/store.ts';
import type { TaskRunRow } from '../../store/task-runs.ts';
import { colors, print, printJson, say, stateGlyph, table } from '../output.ts';
import { taskName } from '../tree/progress-lines.ts';

const IN_WORDS: Readonly<Record<Forecast['verdict'], string>> = {
  reuse: 'reused',
  run: 'runs',
  'keep-failure': 'keeps its failure',
  'not-called': 'not called',
};

/** `code`: the flow as its file is now; null: the code that the run had. */
export function printForecast(
  store: Store,
  row: FlowRunRow,
  selection: Selection | null,
  code: FlowDescription | null,
  json: boolean,
): void {
  const tasks = store.taskRuns.ofRun(row.id);
  const forecasts = forecast(tasks, selection, code?.taskCodes ?? null);
  const entries = tasks.map((task) => ({ task, ...(forecasts.get(task.id) as Forecast) }));
  if (json) {
    const items = entries.map(({ task, verdict, why }) => ({
      id: task.id,
      name: task.name,
      key: task.label,
      verdict,
      why: why === '' ? null : why,
    }));
    return printJson({ schema: 'weir.retry-forecast/1', run: row.id, attempt: row.attempt + 1, items });
  }
  say(`run ${row.id} of ${row.flow} would begin attempt ${row.attempt + 1}; nothing was changed`);
  if (entries.length === 0) return say('it has called no task: all of it runs');
  print(table(entries.map(({ task, verdict, why }) => [nameOf(task), IN_WORDS[verdict], colors.dim(why)])));
  if (selection?.kind !== 'only') say('whatever else the flow calls runs as well');
}

function nameOf(task: TaskRunRow): string {
  return `${stateGlyph(task.state.type, task.state.name)} ${taskName(task)}`;
}
