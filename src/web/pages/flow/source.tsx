/** The files that a flow is run from, version by version, and what differs between two of them. */
import { flowPage, sourcePage } from '../../address.ts';
import { type Clock, Time } from '../../time.tsx';
import { Code } from './source-view.tsx';

export interface SourceData {
  readonly flow: string;
  readonly deployment: string | null;
  /** Others of the flow. */
  readonly deployments: readonly string[];
  readonly versions: readonly VersionLine[];
  /** There are older ones. */
  readonly hasMore: boolean;
  /** The one that is shown; null: the code of the last run. */
  readonly version: number | null;
  readonly content: FileView | DiffView | { readonly kind: 'gone'; readonly sentence: string };
}

export interface VersionLine {
  readonly number: number;
  readonly isCurrent: boolean;
  readonly deployedAt: number;
  /** "code, schedule", "as version 2". */
  readonly changed: string;
}

export interface FileView {
  readonly kind: 'file';
  /** Relative to the folder of the flow's file, which is the first. */
  readonly files: readonly string[];
  readonly file: string;
  readonly lines: readonly string[];
  /** The number of the first line that is shown. */
  readonly from: number;
  readonly lineCount: number;
  readonly earlier: string | null;
  readonly later: string | null;
}

export interface DiffView {
  readonly kind: 'diff';
  readonly against: number;
  readonly files: readonly FileDiff[];
  readonly isCut: boolean;
}

export interface FileDiff {
  readonly file: string;
  /** Lines that begin with a sign: " ", "+", "-", or "@" where some are left out. Null: too different to compare here. */
  readonly lines: readonly string[] | null;
}

export const SOURCE_STYLE = `
.code{display:grid;grid-template-columns:auto 1fr;background:var(--soft);border-radius:4px;margin:.5rem 0;overflow:auto}
.code pre{white-space:pre;max-height:none;margin:0;overflow:visible}
.code pre:first-child{color:var(--dim);text-align:right;padding-right:0;user-select:none;position:sticky;left:0}
.diff{white-space:pre;overflow:auto;max-height:none}
.diff ins,.diff del{text-decoration:none;display:inline-block;min-width:100%}
.diff ins{background:color-mix(in srgb,var(--ok) 18%,transparent)}.diff del{background:color-mix(in srgb,var(--fail) 14%,transparent)}
.num{width:auto}.num th,.num td{padding-right:1.75rem}
h3{font-size:.9375rem;margin:1.25rem 0 .25rem}
`;

export function SourcePage({ data, clock }: { data: SourceData; clock: Clock }) {
  const { flow, deployment, deployments, versions, content, version } = data;
  return (
    <>
      <section id="head">
        <h1>Source of {flow}</h1>
        <p class="lead">
          <a href={flowPage(flow)}>Back to the flow</a>
          {deployments.length < 2 ? null : (
            <>
              {'; deployments: '}
              {deployments.map((name, index) => (
                <>
                  {index === 0 ? '' : ', '}
                  {name === deployment ? <b>{name}</b> : <a href={sourcePage(flow, { deployment: name })}>{name}</a>}
                </>
              ))}
            </>
          )}
        </p>
      </section>
      <section id="versions" hidden={versions.length === 0}>
        {versions.length === 0 ? null : <Versions data={data} clock={clock} />}
      </section>
      <section id="content">
        {content.kind === 'gone' ? (
          <p>{content.sentence}</p>
        ) : content.kind === 'file' ? (
          <File view={content} data={data} />
        ) : (
          <Differences view={content} version={version ?? 0} />
        )}
      </section>
    </>
  );
}

function Versions({ data, clock }: { data: SourceData; clock: Clock }) {
  const { flow, deployment, deployments, versions, hasMore, version } = data;
  const which = deployments.length < 2 ? {} : { deployment: deployment ?? undefined };
  const oldest = versions.at(-1)?.number ?? 0;
  return (
    <>
      <h2>
        Versions
        {hasMore ? <small>the newest {versions.length}</small> : <small>{versions.length}</small>}
      </h2>
      <table class="num">
        <thead>
          <tr>
            <th scope="col" class="n">
              Version
            </th>
            <th scope="col">Deployed</th>
            <th scope="col">Changed</th>
            <th scope="col">Compare</th>
          </tr>
        </thead>
        <tbody>
          {versions.map((line) => (
            <tr>
              <th scope="row" class="n">
                {line.number === version ? (
                  <b aria-current="true">{line.number}</b>
                ) : (
                  <a href={sourcePage(flow, { ...which, version: line.number })}>{line.number}</a>
                )}
              </th>
              <td>
                <Time at={line.deployedAt} clock={clock} />
                {line.isCurrent ? <span class="sub">runs now</span> : null}
              </td>
              <td>{line.changed}</td>
              <td>
                {line.number === oldest ? null : (
                  <a href={sourcePage(flow, { ...which, version: line.number, against: line.number - 1 })}>
                    with {line.number - 1}
                  </a>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function File({ view, data }: { view: FileView; data: SourceData }) {
  const { flow, deployment, version } = data;
  const { files, file, lines, from, lineCount, earlier, later } = view;
  const until = from + lines.length - 1;
  return (
    <>
      <h2>
        {file}
        <small>
          {version === null ? 'as it last ran' : `version ${version}`}
          {lines.length < lineCount ? `, lines ${from} to ${until} of ${lineCount}` : ''}
        </small>
      </h2>
      {files.length < 2 ? null : (
        <p class="flex sub">
          {files.map((each) =>
            each === file ? (
              <b>{each}</b>
            ) : (
              <a
                href={`${sourcePage(flow, { deployment: deployment ?? undefined, version: version ?? undefined, file: each })}#content`}
              >
                {each}
              </a>
            ),
          )}
        </p>
      )}
      <Code lines={lines} label={file} from={from} />
      {earlier === null && later === null ? null : (
        <nav class="pages" aria-label="More lines">
          {earlier === null ? null : <a href={earlier}>Earlier lines</a>}
          {later === null ? null : <a href={later}>Later lines</a>}
        </nav>
      )}
    </>
  );
}

function Differences({ view, version }: { view: DiffView; version: number }) {
  const { against, files, isCut } = view;
  return (
    <>
      <h2>
        Version {version} against {against}
        <small>
          {files.length === 0 ? 'no file differs' : `${files.length} ${files.length === 1 ? 'file' : 'files'}`}
        </small>
      </h2>
      {files.map(({ file, lines }) => (
        <article>
          <h3>{file}</h3>
          {lines === null ? (
            <p class="dim">The two are too different to be compared here.</p>
          ) : (
            <pre class="diff" tabindex={0}>
              {lines.map((line) => (
                <DiffLine line={line} />
              ))}
            </pre>
          )}
        </article>
      ))}
      {isCut ? <p class="dim">There is more than this page shows.</p> : null}
    </>
  );
}

/** The sign stands in the text: what was added is told without colour. */
function DiffLine({ line }: { line: string }) {
  if (line.startsWith('+')) return <ins>{`${line}\n`}</ins>;
  if (line.startsWith('-')) return <del>{`${line}\n`}</del>;
  if (line.startsWith('@')) return <span class="dim">{`${line}\n`}</span>;
  return <>{`${line}\n`}</>;
}
