/**
 * What is due: lanes of the next day or week, so that overlaps and a lack of places are seen before they happen; the due
 * times one by one with what will keep them from running; and the ledger, where every past due time has its answer.
 */
import type { SlotOutcome } from '../../model/slot.ts';
import { flowPage, schedulePage } from '../address.ts';
import type { Span } from '../charts/gantt.tsx';
import { type Lane, LanePicture, LoadPicture, peakLoad } from '../charts/lanes.tsx';
import { OUTCOME_WORDS, type SlotLine, SlotTable, shortName } from '../slot-table.tsx';
import { StateMark } from '../state-mark.tsx';
import { type Clock, clockTime, Time, took } from '../time.tsx';

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
        {data.upcoming.length === 0 ? null : <Upcoming data={data} clock={clock} />}
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

function NoSchedule() {
  return (
    <>
      <h2>No schedule yet</h2>
      <p>
        Give a flow a line such as <code>schedule: "0 6 * * 1"</code>, and this server follows it.
      </p>
      <p class="dim">
        <code>weir schedule next '0 6 * * 1'</code> tells what an expression means.
      </p>
    </>
  );
}

function Lanes({ data, clock }: { data: ScheduleData; clock: Clock }) {
  const { lanes, span, ticks, stretch, scheduledCount, places, clockChanges } = data;
  const pictures = lanes.map(({ lane }) => lane);
  const peak = peakLoad(pictures);
  const positions = ticks.map(({ at }) => at);
  return (
    <>
      <h2 class="flex">
        <span>
          {stretch === 'day' ? 'The next 24 hours' : 'The next 7 days'}
          {scheduledCount > lanes.length ? (
            <small>
              the {lanes.length} of {scheduledCount} deployments that are due first
            </small>
          ) : null}
        </span>
        <small class="end">
          {stretch === 'day' ? <a href={schedulePage('week')}>7 days</a> : <a href={schedulePage('day')}>24 hours</a>}
        </small>
      </h2>
      <table class="lanes" aria-label="Planned runs by deployment">
        <thead>
          <tr>
            <th>Deployment</th>
            <th class="w">
              <Axis ticks={ticks} span={span} />
            </th>
            <th class="n">Next</th>
          </tr>
        </thead>
        <tbody>
          {lanes.map((line) => (
            <LaneRow line={line} span={span} ticks={positions} clock={clock} />
          ))}
          {peak !== null && peak.count > 1 ? (
            <tr class="w">
              <th scope="row">
                At once
                <span class="sub">
                  most {peak.count} at {clockTime(peak.at, clock)}, {places} places
                </span>
              </th>
              <td>
                <LoadPicture lanes={pictures} span={span} places={places} />
              </td>
              <td />
            </tr>
          ) : null}
        </tbody>
      </table>
      {peak !== null && peak.count > places ? (
        <p class="box warn">
          {peak.count} runs are planned at once at {clockTime(peak.at, clock)}, and {places} may run: the others wait.
          Raise it with <code>weir up --limit {peak.count}</code>.
        </p>
      ) : null}
      {clockChanges.map((change) => (
        <p class="sub">
          Clocks change: {change.text}, at <Time at={change.at} clock={clock} withZone />.
        </p>
      ))}
    </>
  );
}

/** Labels stand where their time is; the picture below is stretched to the same width. */
function Axis({ ticks, span }: Pick<ScheduleData, 'ticks' | 'span'>) {
  const length = span.to - span.from;
  return (
    <span class="axis">
      {ticks.map(({ at, label }) => (
        <span style={`left:${(((at - span.from) / length) * 100).toFixed(1)}%`}>{label}</span>
      ))}
    </span>
  );
}

function LaneRow(props: { line: LaneLine; span: Span; ticks: readonly number[]; clock: Clock }) {
  const { line, span, ticks, clock } = props;
  const { pause, typicalMs, nextAt, forecast } = line;
  return (
    <tr>
      <th scope="row">
        <a href={flowPage(line.flow)}>{shortName(line)}</a>
        <span class="sub">
          {line.schedule}
          {typicalMs === null ? '' : `, takes ${took(typicalMs)}`}
        </span>
        {forecast === null ? null : <span class="sub">{forecast}</span>}
      </th>
      <td class="w">
        <LanePicture lane={line.lane} span={span} ticks={ticks} />
      </td>
      <td class="n">
        {pause === null ? (
          nextAt === null ? (
            <span class="dim">never</span>
          ) : (
            <Time at={nextAt} clock={clock} />
          )
        ) : (
          <>
            <StateMark name="Paused" />
            <span class="sub">
              by {pause.by}
              {pause.until === null ? '' : ' until '}
              {pause.until === null ? null : <Time at={pause.until} clock={clock} />}
            </span>
          </>
        )}
      </td>
    </tr>
  );
}

function Upcoming({ data, clock }: { data: ScheduleData; clock: Clock }) {
  return (
    <>
      <h2>Due next</h2>
      <table>
        <thead>
          <tr>
            <th>Due</th>
            <th class="w">In</th>
            <th>Deployment</th>
            <th class="w">Schedule</th>
            <th>What will happen</th>
          </tr>
        </thead>
        <tbody>
          {data.upcoming.map((line) => (
            <tr>
              <td class="nw">
                <Time at={line.at} clock={clock} />
              </td>
              <td class="w nw dim">
                <Time at={line.at} clock={clock} ago />
              </td>
              <th scope="row">
                <a href={flowPage(line.flow)}>{shortName(line)}</a>
              </th>
              <td class="w dim">{line.schedule}</td>
              <td>
                {line.whyNot === null ? (
                  'runs'
                ) : (
                  <>
                    <StateMark name="Skipped" word="will not run" />: {line.whyNot}
                  </>
                )}
                {line.note === null ? null : <span class="sub">{line.note}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

const OUTCOMES = Object.entries(OUTCOME_WORDS) as [SlotOutcome, string][];

function Ledger({ ledger, clock }: { ledger: LedgerData; clock: Clock }) {
  const { slots, deployment, outcome, isNewest, older, problem } = ledger;
  const isFiltered = deployment !== null || outcome !== null;
  return (
    <>
      <h2>
        Ledger<small>what became of each due time</small>
      </h2>
      <form class="acts" action="/schedule#ledger">
        <input name="deployment" value={deployment ?? ''} placeholder="flow or flow/name" aria-label="Deployment" />
        <select name="outcome" aria-label="Outcome">
          <option value="">any outcome</option>
          {OUTCOMES.map(([value, word]) => (
            <option value={value} selected={value === outcome}>
              {word}
            </option>
          ))}
        </select>
        <button type="submit">Show</button>
        {isFiltered ? <a href="/schedule#ledger">Show all</a> : null}
      </form>
      {problem === null ? null : <p class="box">{problem}</p>}
      {slots.length === 0 ? (
        <p class="dim">{isFiltered || !isNewest ? 'No due time matches.' : 'Nothing was due yet.'}</p>
      ) : (
        <SlotTable slots={slots} clock={clock} label="Ledger" />
      )}
      <nav class="pages" aria-label="More due times">
        {isNewest ? null : <a href="/schedule#ledger">Newest</a>}
        {older === null ? null : <a href={older}>Older</a>}
      </nav>
    </>
  );
}

export const SCHEDULE_STYLE = `
.lanes{table-layout:fixed}.lanes th:first-child{width:24%}.lanes th:last-child{width:10rem}.lanes td,.lanes tbody th{vertical-align:middle}
.lane{display:block;width:100%;height:20px;overflow:visible}.load{height:40px}
.lane path{fill:currentColor;vector-effect:non-scaling-stroke}
.lane .grid{fill:none;stroke:var(--line)}.lane .plan{color:var(--idle)}
.lane .not{fill:none;stroke:var(--idle);stroke-dasharray:2 2}
.lane .dense{fill:none;stroke:var(--idle);stroke-width:6;stroke-dasharray:1.5 2.5}
.lane .full{fill:none;stroke:var(--warn);stroke-dasharray:4 3}.load .plan{opacity:.5}
.axis{display:block;position:relative;height:1.2em}.axis span{position:absolute;transform:translateX(-50%);white-space:nowrap}
@media(max-width:46rem){.lanes th:first-child{width:auto}}
`;
