/** The sentences that tell of a due time: one that was answered, one that nobody has answered yet, one that lies ahead. */
import { formatDuration } from '../../model/duration.ts';
import { isPaused } from '../../model/slot.ts';
import { upcoming } from '../../model/timetable.ts';
import type { DeploymentRow } from '../../store/deployments.ts';
import type { SlotRow } from '../../store/slots.ts';
import type { Store } from '../../store/store.ts';
import { timetableOf } from '../schedule/deployed-timetable.ts';

type Told = (at: number) => string;

/** What is said of a due time, without whose it is. */
interface Said {
  readonly outcome: string;
  readonly run: number | null;
  readonly why: string;
  readonly facts: readonly string[];
  readonly next: readonly string[];
}

/** An outcome as it is told. */
const OUTCOMES: Readonly<Record<SlotRow['outcome'], string>> = {
  ran: 'a run was started',
  caught_up: 'a run was started later, to catch up',
  missed: 'it was missed',
  skipped: 'it was skipped',
  suppressed: 'a clock change dropped it',
  buffered: 'a run was to wait for the one before it',
};
/** Due times between now and the one that is asked for, at most, for a forecast of what runs then. */
const MOST_FORETOLD = 2000;

/** `2026-11-23 06:00`, on the clock of a zone. */
export function toldIn(zone: string): Told {
  return (at) => {
    const local = Temporal.Instant.fromEpochMilliseconds(Math.floor(at)).toZonedDateTimeISO(zone);
    const time = local.toPlainDateTime().toString({ smallestUnit: at % 60_000 < 1000 ? 'minute' : 'second' });
    return time.replace('T', ' ');
  };
}

export function answeredInWords(store: Store, row: SlotRow, told: Told, facts: readonly string[]): Said {
  const run = row.flowRunId === null ? null : store.flowRuns.byId(row.flowRunId);
  const reason = [...new Set([row.reason, row.note])].filter((part) => part !== null && part !== '').join('; ');
  const made = run?.trigger === 'backfill' ? ', and a backfill gave it a run' : '';
  const sentence = `Due at ${told(row.at)}: ${OUTCOMES[row.outcome]}${reason === '' ? '' : ` (${reason})`}${made}.`;
  const state =
    run === null
      ? ''
      : ` Run ${run.id} is ${run.state.name}${run.state.message === null ? '' : `: ${run.state.message}`}.`;
  return {
    outcome: row.outcome,
    run: row.flowRunId,
    why: sentence + state,
    facts,
    next: run === null ? [] : [`weir why ${run.id}`],
  };
}

export function whyUnanswered(store: Store, at: number, told: Told, facts: readonly string[]): Said {
  const server = store.processes.livingServer();
  const who = server === null ? 'no server has run since' : 'the server is about to';
  const why = `It was due at ${told(at)} and nobody has judged it yet: ${who}.`;
  return { outcome: 'due', run: null, why, facts, next: server === null ? ['weir up'] : [] };
}

/** Whether it will run, and what could keep it from it. */
export function whyAhead(
  store: Store,
  deployment: DeploymentRow,
  identity: string,
  slot: { readonly at: number; readonly note: string | null },
  told: Told,
  now: number,
  facts: readonly string[],
): Said {
  const timetable = timetableOf(store, deployment, now);
  const ahead = upcoming([timetable], now, MOST_FORETOLD);
  const found = ahead.find((each) => each.slot.at === slot.at && each.schedule.identity === identity);
  const { typicalMs } = timetable;
  const known = [...facts, ...(typicalMs === null ? [] : [`its runs usually take ${formatDuration(typicalMs)}`])];
  const note = found?.note ?? slot.note;
  const when = `It is due at ${told(slot.at)}, in ${formatDuration(slot.at - now)}`;
  const server = store.processes.livingServer();
  const next = server === null ? ['weir up'] : [];
  const said = { outcome: 'due', run: null, facts: known, next };
  if (found?.slot.suppressed) return { ...said, why: `${when}, and will not run: ${found.whyNot}.` };
  const noted = note === null ? when : `${when} (${note})`;
  if (found !== undefined && found.whyNot !== null) {
    const pause = found.timetable.paused ?? found.schedule.paused ?? null;
    const resume = `weir deployment resume ${deployment.flow}/${deployment.name}`;
    const isForPause = isPaused({ paused: pause, now: slot.at }, found.slot);
    return { ...said, why: `${noted}, and will be skipped: ${found.whyNot}.`, next: isForPause ? [resume] : next };
  }
  const who = server === null ? ', if a server runs then: none does now' : ', and a run will be started then';
  return { ...said, why: `${noted}${who}.` };
}
