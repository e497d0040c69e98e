/**
 * What is due: lanes of the next day or week, so that overlaps and a lack of places are seen before they happen; the due
 * times one by one with what will keep them from running; and the ledger, where every past due time has its answer.
 */
import type { SlotOutcome } from '../../../model/slot.ts';
import type { Span } from '../../charts/gantt.tsx';
import type { Lane } from '../../charts/lanes.tsx';
import { type SlotLine, SlotTable, shortName } from '../../slot-table.tsx';
import { type Clock, Time } from '../../time.tsx';
import { Lanes, NoSchedule } from './lanes.tsx';
import { Ledger } from './ledger.tsx';
import { Upcoming } from './upcoming.tsx';

export interface ScheduleData {
  readonly stretch: 'day' | 'week';
  readonly span: Span;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
  /** Changes of the clock within the stretch: "Europe/Berlin: 1 h back". */
  readonly clockChanges: readonly { readonly at: number; readonly text: string }[];
  readonly lanes: readonly LaneLine[];
  /** Deployments with a schedule; may be more than `lanes`. */
  readonly scheduledCount: number;
  readonly upcoming: readonly UpcomingLine[];
  /** Of frequent flows the due times after that were not reckoned; null: all were. */
  readonly reckonedUntil: number | null;
  /** Runs at once on this server. */
  readonly places: number;
  /** What did not simply run lately. */
  readonly toExplain: readonly SlotLine[];
  readonly ledger: LedgerData;
}

export interface LaneLine {
  readonly flow: string;
  readonly deployment: string;
  /** As it is written, several joined. */
  readonly schedule: string;
  readonly pause: { readonly by: string; readonly reason: string | null; readonly until: number | null } | null;
  readonly typicalMs: number | null;
  readonly nextAt: number | null;
  /** "usually takes 2h: every second slot will be skipped". */
  readonly forecast: string | null;
  readonly lane: Lane;
}

export interface UpcomingLine {
  readonly at: number;
  readonly flow: string;
  readonly deployment: string;
  readonly schedule: string;
  readonly whyNot: string | null;
  readonly note: string | null;
}

export interface LedgerData {
  readonly slots: readonly SlotLine[];
  readonly deployment: string | null;
  readonly outcome: SlotOutcome | null;
  readonly isNewest: boolean;
  /** The address of older ones. */
  readonly older: string | null;
  /** What is wrong with the filter. */
  readonly problem: string | null;
}

export function SchedulePage({ data, clock }: { data: ScheduleData; clock: Clock }) {
  const { toExplain, lanes } = data;
  return (
    <>
      <section id="head">
        <Head data={data} clock={clock} />
      </section>
      <section id="to-explain" hidden={toExplain.length === 0}>
        {toExplain.length === 0 ? null : (
          <>
            <h2>
              Did not simply run<small>in the last 7 days</small>
            </h2>
            <SlotTable slots={toExplain} clock={clock} label="Due times that did not simply run" />
          </>
        )}
      </section>
      <section id="lanes">{lanes.length === 0 ? <NoSchedule /> : <Lanes data={data} clock={clock} />}</section>
      <section id="upcoming" hidden={data.upcoming.length === 0}>
        {data.upcoming.length === 0 ? null : <Upcoming lines={data.upcoming} clock={clock} />}
      </section>
      <section id="ledger">
        <Ledger ledger={data.ledger} clock={clock} />
      </section>
    </>
  );
}

function Head({ data, clock }: { data: ScheduleData; clock: Clock }) {
  const [next] = data.upcoming.filter(({ whyNot }) => whyNot === null);
  return (
    <>
      <h1>Schedule</h1>
      <p class="lead">
        {next === undefined ? (
          'Nothing is due.'
        ) : (
          <>
            Next is <b>{shortName(next)}</b>{' '}
            <b>
              <Time at={next.at} clock={clock} ago />
            </b>
            , at <Time at={next.at} clock={clock} withZone />.
          </>
        )}
      </p>
    </>
  );
}
