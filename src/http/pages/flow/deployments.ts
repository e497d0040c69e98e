/** The deployments of a flow as its page shows them, with what can be done with each. */
import { timetableOf } from '../../../engine/schedule/deployed-timetable.ts';
import { isPausedNow } from '../../../engine/schedule/pauses.ts';
import type { ScheduleSpec } from '../../../model/schedule-spec.ts';
import { scheduleInWords, scheduleText } from '../../../model/schedule-words.ts';
import { upcoming } from '../../../model/timetable.ts';
import type { DeploymentRow } from '../../../store/deployments.ts';
import type { Store } from '../../../store/store.ts';
import type { Action } from '../../../web/action.tsx';
import { deploymentActions } from '../../../web/flow-actions.ts';
import type { DeploymentLine } from '../../../web/pages/flow/deployments.tsx';
import { deploymentToActOn } from '../../deployment-to-act-on.ts';

const NEXT_TIMES = 3;
const MOST_DEPLOYMENTS = 20;

/** From the text of a schedule in the file to its words. */
export type ScheduleWords = ReadonlyMap<string, string>;

export async function wordsOfSchedules(store: Store, flow: string): Promise<ScheduleWords> {
  const words = new Map<string, string>();
  for (const { id } of store.deployments.ofFlow(flow).slice(0, MOST_DEPLOYMENTS))
    for (const { spec, broken } of store.deployments.schedulesOf(id))
      if (broken === null && !words.has(spec)) words.set(spec, await scheduleInWords(JSON.parse(spec) as ScheduleSpec));
  return words;
}

export function deploymentLines(
  store: Store,
  rows: readonly DeploymentRow[],
  words: ScheduleWords,
  once: string,
  now: number,
): DeploymentLine[] {
  return rows.slice(0, MOST_DEPLOYMENTS).map((row) => {
    const ahead = upcoming([timetableOf(store, row, now)], now, NEXT_TIMES);
    return {
      name: row.name,
      path: row.path,
      version: row.number,
      tags: row.tags,
      params: row.params,
      schedules: store.deployments.schedulesOf(row.id).map((schedule) => scheduleLine(schedule, words)),
      next: ahead.map(({ slot, whyNot }) => ({ at: slot.at, whyNot })),
      paused: isPausedNow(row, now)
        ? { by: row.pausedBy ?? 'somebody', reason: row.pausedReason, until: row.pausedUntil }
        : null,
      broken: row.broken,
      actions: actionsOf(store, row, false, once),
    };
  });
}

function scheduleLine(
  {
    spec: text,
    identity,
    broken,
  }: { readonly spec: string; readonly identity: string; readonly broken: string | null },
  words: ScheduleWords,
): DeploymentLine['schedules'][number] {
  // One whose row cannot be read is only named.
  if (broken !== null) return { text: identity, words: identity, zone: '', broken };
  const spec = JSON.parse(text) as ScheduleSpec;
  return { text: scheduleText(spec), words: words.get(text) ?? scheduleText(spec), zone: spec.timezone, broken: null };
}

/** `once`: the newest run of the flow that the page knows of. */
export function actionsOf(store: Store, row: DeploymentRow, isOnly: boolean, once: string): Action[] {
  const hasSchedule = store.deployments.schedulesOf(row.id).length > 0;
  return deploymentActions(deploymentToActOn(row, { isOnly, hasSchedule, once }));
}
