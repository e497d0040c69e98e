/** The lanes of the schedule page: planned runs by deployment over the next day or week, and how many go on at once. */
import { flowPage, schedulePage } from '../../address.ts';
import type { Span } from '../../charts/gantt.tsx';
import { LanePicture, LoadPicture, peakLoad } from '../../charts/lanes.tsx';
import { shortName } from '../../slot-table.tsx';
import { StateMark } from '../../state-mark.tsx';
import { type Clock, clockTime, Time, took } from '../../time.tsx';
import type { LaneLine, ScheduleData } from './schedule.tsx';

const LONGEST_BY = 40;

export function NoSchedule() {
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

/** One lane a deployment, and below them how many runs go on at once. */
export function Lanes({ data, clock }: { data: ScheduleData; clock: Clock }) {
  const { lanes, span, ticks, stretch, scheduledCount, places, clockChanges, reckonedUntil } = data;
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
                  {reckonedUntil === null ? '' : `; reckoned until ${clockTime(reckonedUntil, clock)}`}
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
            <span class="sub by">
              by {pause.by.slice(0, LONGEST_BY)}
              {pause.until === null ? '' : ' until '}
              {pause.until === null ? null : <Time at={pause.until} clock={clock} />}
            </span>
          </>
        )}
      </td>
    </tr>
  );
}

export const LANES_STYLE = `
.lanes{table-layout:fixed}.lanes th:first-child{width:24%}.lanes th:last-child{width:10rem}.lanes td,.lanes tbody th{vertical-align:middle}
.lane{display:block;width:100%;height:20px;overflow:visible}.load{height:40px}
.lane path{fill:currentColor;vector-effect:non-scaling-stroke}
.lane .grid{fill:none;stroke:var(--line)}.lane .plan{color:var(--idle)}
.lane .not{fill:none;stroke:var(--idle);stroke-dasharray:2 2}
.lane .dense{fill:none;stroke:var(--idle);stroke-width:6;stroke-dasharray:1.5 2.5}
.lane .full{fill:none;stroke:var(--warn);stroke-dasharray:4 3}.load .plan{opacity:.5}
.lanes .by{white-space:normal}.axis{display:block;position:relative;height:1.2em}.axis span{position:absolute;transform:translateX(-50%);white-space:nowrap}
.slots th:nth-child(-n+2){width:20%}.slots td:first-child .sub{white-space:normal}
@media(max-width:46rem){.slots td .sub{font-size:.8125rem}.lanes th:first-child{width:auto}}
`;
