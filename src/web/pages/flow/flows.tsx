/** Every flow: how its last runs went, when it is due, what it is for. Many are folded together by their tags. */
import { flowPage, flowsPage } from '../../address.ts';
import { type Bar, HistoryBars } from '../../charts/history-bars.tsx';
import { LastRun, type LastRunView } from '../../last-run.tsx';
import { Glyph, StateMark } from '../../state-mark.tsx';
import { type Clock, Time } from '../../time.tsx';

export interface FlowsData {
  /** With a row each; the ones that need a look first. */
  readonly shown: readonly FlowRow[];
  /** The others, by tag; a flow with several tags stands under its first. */
  readonly groups: readonly { readonly tag: string | null; readonly rows: readonly Pick<FlowRow, 'flow' | 'last'>[] }[];
  /** That match the filter. */
  readonly count: number;
  /** Of all. */
  readonly total: number;
  readonly text: string;
  readonly tag: string | null;
  readonly tags: readonly string[];
  /** Files that cannot be deployed as they are; nothing of them runs. */
  readonly broken: readonly { readonly path: string; readonly message: string }[];
}

export interface FlowRow {
  readonly flow: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly deployments: number;
  readonly last: LastRunView | null;
  /** Oldest first. */
  readonly bars: readonly Bar[];
  readonly nextAt: number | null;
  readonly isPaused: boolean;
  readonly isBroken: boolean;
}

/** Names need the room more than bars do. */
export const FLOWS_STYLE = '@media(max-width:46rem){.flows .bars{width:60px}.flows .st{white-space:normal}}';

const LONGEST_DESCRIPTION = 90;
const MOST_BROKEN = 5;
const LONGEST_MESSAGE = 300;

export function FlowsPage({ data, clock }: { data: FlowsData; clock: Clock }) {
  const { shown, groups, count, total, text, tag, broken } = data;
  return (
    <section id="flows">
      <h1>Flows</h1>
      {broken.length === 0 ? null : <BrokenFiles files={broken} />}
      {total === 0 ? (
        <NoFlows />
      ) : (
        <>
          <p class="lead">
            {total === 1 ? 'One flow' : `${total} flows`}
            {text === '' && tag === null
              ? ''
              : `, ${count} of them ${tag === null ? '' : `tagged ${tag} `}${text === '' ? '' : `with "${text}"`}`}
            .
          </p>
          <Filter data={data} />
          {count === 0 ? (
            <p>
              None of them. <a href={flowsPage()}>Show all flows</a>
            </p>
          ) : (
            <FlowTable rows={shown} clock={clock} />
          )}
          {groups.map((group, index) => (
            <details id={`group-${index}`}>
              <summary>
                {group.tag ?? 'without a tag'} <span class="dim">{group.rows.length} more</span>
              </summary>
              <p class="flex">
                {group.rows.map(({ flow, last }) => (
                  <a href={flowPage(flow)}>
                    {last === null ? null : <Glyph name={last.name} />}
                    {flow}
                  </a>
                ))}
              </p>
            </details>
          ))}
          {count > shown.length + groups.reduce((sum, { rows }) => sum + rows.length, 0) ? (
            <p class="dim">More than a page holds: filter by a part of the name, or by a tag.</p>
          ) : null}
        </>
      )}
    </section>
  );
}

function BrokenFiles({ files }: { files: FlowsData['broken'] }) {
  return (
    <div class="box">
      <p>
        <b>{files.length === 1 ? 'A file cannot be deployed' : `${files.length} files cannot be deployed`}</b>
      </p>
      {files.slice(0, MOST_BROKEN).map(({ path, message }) => (
        <p>
          {path}: <span class="dim">{message.slice(0, LONGEST_MESSAGE)}</span>
        </p>
      ))}
    </div>
  );
}

function NoFlows() {
  return (
    <>
      <p>
        No flow has run or is deployed yet: <code>weir run flow.ts</code> runs one, <code>weir up FOLDER</code> deploys
        those of a folder.
      </p>
      <p class="dim">
        No flow at hand? <code>weir init</code> writes one to try.
      </p>
    </>
  );
}

function Filter({ data }: { data: FlowsData }) {
  const { total, text, tag, tags } = data;
  if (total <= 10 && text === '' && tags.length === 0) return null;
  return (
    <form class="acts" action={flowsPage()}>
      <input type="search" name="q" value={text} placeholder="part of a name" aria-label="Find flows by name" />
      {tags.length === 0 ? null : (
        <select name="tag" aria-label="Tag">
          <option value="">any tag</option>
          {tags.map((each) => (
            <option value={each} {...(each === tag ? { selected: true } : {})}>
              {each}
            </option>
          ))}
        </select>
      )}
      <button type="submit">Find</button>
    </form>
  );
}

function FlowTable({ rows, clock }: { rows: readonly FlowRow[]; clock: Clock }) {
  return (
    <table class="flows">
      <thead>
        <tr>
          <th scope="col">Flow</th>
          <th scope="col">Last run</th>
          <th scope="col" class="w">
            Next
          </th>
          <th scope="col" class="n">
            History
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row row={row} clock={clock} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row, clock }: { row: FlowRow; clock: Clock }) {
  const { flow, last, bars, nextAt, isPaused, isBroken, deployments } = row;
  return (
    <tr>
      <th scope="row">
        <a href={flowPage(flow)}>{flow}</a>
        <About row={row} />
      </th>
      <td>
        <LastRun last={last} clock={clock} />
        {isBroken ? <span class="sub">its file is broken</span> : null}
      </td>
      <td class="w nw">
        {isPaused ? (
          <StateMark name="Paused" />
        ) : nextAt !== null ? (
          <Time at={nextAt} clock={clock} />
        ) : (
          <span class="dim">{deployments === 0 ? 'not deployed' : 'by hand'}</span>
        )}
      </td>
      <td>{bars.length === 0 ? null : <HistoryBars bars={bars} />}</td>
    </tr>
  );
}

function About({ row }: { row: FlowRow }) {
  const { description, tags, deployments } = row;
  const words = [
    description.length > LONGEST_DESCRIPTION ? `${description.slice(0, LONGEST_DESCRIPTION)}...` : description,
    ...(tags.length === 0 ? [] : [tags.slice(0, 6).join(', ').slice(0, 100)]),
    ...(deployments > 1 ? [`${deployments} deployments`] : []),
  ].filter((each) => each !== '');
  if (words.length === 0) return null;
  // There is no room for it on a small screen.
  return (
    <span class="w">
      <span class="sub">{words.join(' \u00b7 ')}</span>
    </span>
  );
}
