/** The due times ahead one by one, with what will keep them from running. */
import { flowPage } from '../../address.ts';
import { shortName } from '../../slot-table.tsx';
import { StateMark } from '../../state-mark.tsx';
import { type Clock, Time } from '../../time.tsx';
import type { UpcomingLine } from './schedule.tsx';

const LONGEST_TEXT = 200;

export function Upcoming({ lines, clock }: { lines: readonly UpcomingLine[]; clock: Clock }) {
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
          {lines.map((line) => (
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
                    <StateMark name="Skipped" word="will not run" />: {line.whyNot.slice(0, LONGEST_TEXT)}
                  </>
                )}
                {line.note === null ? null : <span class="sub">{line.note.slice(0, LONGEST_TEXT)}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
