/** The versions of a model as rows, newest first: stage, figures, what it was made with, by which run, and its file. */
import { formatBytes } from '../../../model/bytes.ts';
import type { ModelVersion } from '../../../model/registered-model.ts';
import { commandLine } from '../../../model/shell-word.ts';
import { modelFile, modelPage, runPage } from '../../address.ts';
import { columnFormat } from '../../charts/scale.ts';
import { versionActions } from '../../model-actions.ts';
import { type Clock, Time } from '../../time.tsx';

export interface VersionsData {
  readonly model: string;
  /** Newest first. */
  readonly rows: readonly ModelVersion[];
  /** Of all. */
  readonly count: number;
  /** Figures with a column of their own. */
  readonly metrics: readonly string[];
  readonly isNewest: boolean;
  /** The last version shown, when there are older ones. */
  readonly next: number | null;
}

const LONGEST = 40;

export function Versions({ data, clock }: { data: VersionsData; clock: Clock }) {
  const { model, rows, count, metrics, isNewest, next } = data;
  const [promotion] = versionActions({ model, version: rows[0]?.version ?? 1, stage: 'None' });
  const formats = metrics.map((metric) => columnFormat(rows.flatMap((row) => row.metrics[metric] ?? [])));
  const table = (
    <div class="wide">
      <table class="versions">
        <thead>
          <tr>
            <th scope="col" class="n">
              Version
            </th>
            <th scope="col">Stage</th>
            {metrics.map((metric) => (
              <th scope="col" class="n">
                {cut(metric)}
              </th>
            ))}
            <th scope="col" class="w">
              Made with
            </th>
            <th scope="col" class="n">
              Run
            </th>
            <th scope="col" class="w">
              Registered
            </th>
            <th scope="col" class="n w">
              File
            </th>
            <th scope="col">Change</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row row={row} metrics={metrics} formats={formats} clock={clock} />
          ))}
        </tbody>
      </table>
    </div>
  );
  return (
    <>
      <h2>
        Versions
        <small>{rows.length === count ? count : `${rows.length} of ${count}`}</small>
      </h2>
      {/* One form for all rows: each button sends the number of its version. */}
      <form method="post" action={promotion?.to ?? ''}>
        {table}
      </form>
      <p class="sub">
        <code>{commandLine('weir', 'model', 'promote', model, 'VERSION')}</code> does the same as the button.
      </p>
      {isNewest && next === null ? null : (
        <nav class="pages" aria-label="More versions">
          {isNewest ? null : <a href={`${modelPage(model)}#versions`}>Newest</a>}
          {next === null ? null : <a href={`${modelPage(model, { before: next })}#versions`}>Older</a>}
        </nav>
      )}
    </>
  );
}

function Row({
  row,
  metrics,
  formats,
  clock,
}: {
  row: ModelVersion;
  metrics: readonly string[];
  formats: readonly ((value: number) => string)[];
  clock: Clock;
}) {
  const { model, version, stage, aliases, params, run, createdAt, size } = row;
  const others = Object.keys(row.metrics).filter((name) => !metrics.includes(name)).length;
  return (
    <tr id={`v${version}`}>
      <th scope="row" class="n">
        {version}
      </th>
      <td {...(stage === 'None' ? { class: 'dim' } : {})}>
        {stage === 'None' ? 'none' : stage === 'Production' ? <b>{stage}</b> : stage}
        {aliases.length === 0 ? null : <span class="sub">{cut(aliases.join(', '))}</span>}
      </td>
      {metrics.map((metric, index) => {
        const value = row.metrics[metric];
        return <td class="n">{value === undefined ? '' : (formats[index] ?? String)(value)}</td>;
      })}
      <td class="w sub">
        {madeWith(params)}
        {others === 0 ? '' : `${Object.keys(params).length === 0 ? '' : ', '}${others} more figures`}
      </td>
      <td class="n">{run === null ? <span class="dim">by hand</span> : <a href={runPage(run)}>{run}</a>}</td>
      <td class="w nw">
        <Time at={createdAt} clock={clock} />
      </td>
      <td class="n w">
        <a href={modelFile(model, version)}>{formatBytes(size)}</a>
      </td>
      <td>
        {versionActions({ model, version, stage }).map(({ label }) => (
          <button type="submit" name="version" value={version}>
            {label}
          </button>
        ))}
      </td>
    </tr>
  );
}

/** "candidate ridge 100, days 735". */
function madeWith(params: Readonly<Record<string, unknown>>): string {
  const words = Object.entries(params).map(
    ([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return cut(words.join(', '));
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}
