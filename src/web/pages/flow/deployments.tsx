/** What of a flow a server keeps: its schedules in words, the next times, the parameters of its runs, what can be done. */
import { type Action, Actions } from '../../action.tsx';
import { ledgerPage, sourcePage } from '../../address.ts';
import { StateMark } from '../../state-mark.tsx';
import { type Clock, Time } from '../../time.tsx';

export interface DeploymentLine {
  readonly name: string;
  readonly path: string;
  readonly version: number;
  readonly tags: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly schedules: readonly {
    /** As it is written. */
    readonly text: string;
    readonly words: string;
    readonly zone: string;
    /** Why it is off. */
    readonly broken: string | null;
  }[];
  readonly next: readonly { readonly at: number; readonly whyNot: string | null }[];
  readonly paused: { readonly by: string; readonly reason: string | null; readonly until: number | null } | null;
  readonly broken: string | null;
  /** Where the flow has several; of the only one they stand at the top. */
  readonly actions: readonly Action[];
}

const LONGEST_VALUE = 120;
/** Of what people and programs wrote: reasons, faults, tags. */
const LONGEST_TEXT = 400;
const MOST_VALUES = 20;

export function Deployments({
  flow,
  lines,
  command,
  clock,
}: {
  flow: string;
  lines: readonly DeploymentLine[];
  command: string | null;
  clock: Clock;
}) {
  if (lines.length === 0)
    return (
      <>
        <h2>Deployments</h2>
        <p>
          None: nothing is scheduled, and it runs when somebody starts it.{' '}
          {command === null ? null : <code>{command}</code>}
        </p>
        <p class="dim">
          <code>weir up FOLDER</code> deploys the flows of a folder and follows their schedules.
        </p>
      </>
    );
  return (
    <>
      <h2>
        {lines.length === 1 ? 'Deployment' : 'Deployments'}
        <small>{lines.length === 1 ? lines[0]?.name : lines.length}</small>
      </h2>
      {lines.map((line) => (
        <Deployment flow={flow} line={line} isOnly={lines.length === 1} clock={clock} />
      ))}
    </>
  );
}

function Deployment({
  flow,
  line,
  isOnly,
  clock,
}: {
  flow: string;
  line: DeploymentLine;
  isOnly: boolean;
  clock: Clock;
}) {
  const { name, path, version, tags, params, schedules, next, paused, broken, actions } = line;
  const given = Object.entries(params);
  const which = isOnly ? {} : { deployment: name };
  return (
    <article>
      {isOnly ? null : <h3>{name}</h3>}
      <table>
        <tbody>
          {broken === null ? null : (
            <tr>
              <th scope="row" class="nw">
                Broken
              </th>
              <td>
                <StateMark name="Failed" word="The version before still runs" />
                <span class="sub">{cut(broken, LONGEST_TEXT)}</span>
              </td>
            </tr>
          )}
          {paused === null ? null : (
            <tr>
              <th scope="row" class="nw">
                Paused
              </th>
              <td>
                <StateMark name="Paused" word={`by ${cut(paused.by)}`} />
                {paused.reason === null ? '' : `: ${cut(paused.reason, LONGEST_TEXT)}`}
                {paused.until === null ? null : (
                  <>
                    , until <Time at={paused.until} clock={clock} withZone />
                  </>
                )}
              </td>
            </tr>
          )}
          <tr>
            <th scope="row" class="nw">
              Schedule
            </th>
            <td>
              {schedules.length === 0 ? <span class="dim">none: it runs when somebody starts it</span> : null}
              {schedules.map(({ text, words, zone, broken: off }) => (
                <div>
                  {words}, {zone} <code class="dim">{text}</code>
                  {off === null ? null : <StateMark name="Failed" word={`off: ${cut(off, LONGEST_TEXT)}`} />}
                </div>
              ))}
            </td>
          </tr>
          {next.length === 0 ? null : (
            <tr>
              <th scope="row" class="nw">
                Next
              </th>
              <td>
                {next.map(({ at, whyNot }) => (
                  <div class={whyNot === null ? '' : 'dim'}>
                    <Time at={at} clock={clock} withZone />
                    {whyNot === null ? '' : `, will not run: ${cut(whyNot)}`}
                  </div>
                ))}
                <span class="sub">
                  <a href={ledgerPage({ deployment: `${flow}/${name}` })}>What became of past due times</a>
                </span>
              </td>
            </tr>
          )}
          {given.length === 0 ? null : (
            <tr>
              <th scope="row" class="nw">
                Parameters
              </th>
              <td>
                <code>
                  {given
                    .slice(0, MOST_VALUES)
                    .map(([key, value]) => `${cut(key)}=${cut(JSON.stringify(value))}`)
                    .join(' ')}
                </code>
                {given.length > MOST_VALUES ? ` and ${given.length - MOST_VALUES} more` : ''}
              </td>
            </tr>
          )}
          {tags.length === 0 ? null : (
            <tr>
              <th scope="row" class="nw">
                Tags
              </th>
              <td>{cut(tags.join(', '), LONGEST_TEXT)}</td>
            </tr>
          )}
          <tr>
            <th scope="row" class="nw">
              File
            </th>
            <td>
              {path}
              {version === 0 ? null : (
                <span class="sub">
                  <a href={sourcePage(flow, which)}>version {version}</a>
                </span>
              )}
            </td>
          </tr>
        </tbody>
      </table>
      {isOnly ? null : <Actions actions={actions} id={`commands-${name}`} />}
    </article>
  );
}

function cut(text: string, longest = LONGEST_VALUE): string {
  return text.length > longest ? `${text.slice(0, longest)}...` : text;
}
