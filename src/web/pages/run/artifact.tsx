/**
 * What a run left for people. Text is shown as text and Markdown as the few elements that its renderer knows: nothing that a
 * run wrote becomes markup of this page by itself.
 */

import { raw } from 'hono/html';
import { formatBytes } from '../../../model/bytes.ts';
import { artifactFile, runPage } from '../../address.ts';

export interface ArtifactsView {
  readonly shown: readonly ArtifactView[];
  /** May be more than are shown. */
  readonly count: number;
}

export interface ArtifactView {
  readonly id: number;
  readonly key: string;
  readonly description: string | null;
  readonly size: number;
  /** sha256. */
  readonly hash: string | null;
  /** The same artifact of the flow's nearest runs that have it. */
  readonly before: Neighbour | null;
  readonly after: Neighbour | null;
  readonly shown: Shown;
}

interface Neighbour {
  readonly runId: number;
  readonly id: number;
}

export type Shown =
  | {
      readonly kind: 'table';
      readonly columns: readonly string[];
      readonly rows: readonly (readonly string[])[];
      readonly rowCount: number;
    }
  /** HTML of the Markdown renderer. */
  | { readonly kind: 'markdown'; readonly html: string; readonly isCut: boolean }
  /** `source`: a data URL where the page must stand alone. */
  | { readonly kind: 'image'; readonly source: string | null }
  | { readonly kind: 'link'; readonly url: string }
  | { readonly kind: 'file' };

export function Artifacts({ artifacts, runId }: { artifacts: ArtifactsView; runId: number }) {
  const { shown, count } = artifacts;
  return (
    <>
      <h2>
        Artifacts
        <small>
          {shown.length === count ? count : `${shown.length} of ${count}; all of them: weir artifact ls ${runId}`}
        </small>
      </h2>
      {shown.map((artifact) => (
        <Artifact artifact={artifact} runId={runId} />
      ))}
    </>
  );
}

function Artifact({ artifact, runId }: { artifact: ArtifactView; runId: number }) {
  const { id, key, description, size, hash, before, after, shown } = artifact;
  const address = artifactFile(runId, key);
  return (
    <article id={`a${id}`}>
      <div class="flex">
        <h3>{key}</h3>
        {description === null ? null : <span class="dim">{description}</span>}
        <span class="sub end">
          {before === null ? null : (
            <a href={`${runPage(before.runId)}#a${before.id}`} aria-label={`${key} in run ${before.runId}`}>
              ← {before.runId}
            </a>
          )}{' '}
          {after === null ? null : (
            <a href={`${runPage(after.runId)}#a${after.id}`} aria-label={`${key} in run ${after.runId}`}>
              {after.runId} →
            </a>
          )}{' '}
          {hash === null ? null : <code title={`sha256 ${hash}`}>{hash.slice(0, 8)}</code>}{' '}
          {shown.kind === 'link' ? null : (
            <a href={address} download aria-label={`${formatBytes(size)}, download ${key}`}>
              {formatBytes(size)}
            </a>
          )}
        </span>
      </div>
      <Content shown={shown} address={address} name={description ?? key} />
    </article>
  );
}

function Content({ shown, address, name }: { shown: Shown; address: string; name: string }) {
  switch (shown.kind) {
    case 'table':
      return <Table table={shown} name={name} />;
    case 'markdown':
      return (
        <div class="md">
          {raw(shown.html)}
          {shown.isCut ? <p class="sub">and more: download it</p> : null}
        </div>
      );
    case 'image':
      return <img src={shown.source ?? address} alt={name} {...(shown.source === null ? { loading: 'lazy' } : {})} />;
    case 'link':
      return /^https?:\/\//i.test(shown.url) ? (
        <p>
          <a href={shown.url} rel="noopener noreferrer">
            {shown.url}
          </a>
        </p>
      ) : (
        <p>{shown.url}</p>
      );
    case 'file':
      return null;
  }
}

function Table({ table, name }: { table: Extract<Shown, { kind: 'table' }>; name: string }) {
  const { columns, rows, rowCount } = table;
  return (
    <section class="scroll" tabindex={0} aria-label={name}>
      <table>
        <thead>
          <tr>
            {columns.map((column, index) => (
              <th scope="col" {...(isNumeric(rows, index) ? { class: 'n' } : {})}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {row.map((cell, index) => (
                <td {...(isNumeric(rows, index) ? { class: 'n' } : {})}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rowCount > rows.length ? <p class="sub">and {rowCount - rows.length} more rows</p> : null}
    </section>
  );
}

/** A column of figures stands to the right. */
function isNumeric(rows: readonly (readonly string[])[], column: number): boolean {
  return rows.every((row) => row[column] === '' || Number.isFinite(Number(row[column])));
}
