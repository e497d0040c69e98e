/** What a run left for people. Text is shown as text: nothing that a run wrote becomes markup of this page. */
import { formatSize } from '../../layout.tsx';

export interface ArtifactView {
  readonly key: string;
  readonly description: string | null;
  readonly size: number;
  readonly shown: Shown;
}

export type Shown =
  | {
      readonly kind: 'table';
      readonly columns: readonly string[];
      readonly rows: readonly (readonly string[])[];
      readonly rowCount: number;
    }
  | { readonly kind: 'text'; readonly text: string; readonly isCut: boolean }
  | { readonly kind: 'image' }
  | { readonly kind: 'link'; readonly url: string }
  | { readonly kind: 'file' };

export function Artifact({ artifact, runId }: { artifact: ArtifactView; runId: number }) {
  const { key, description, size, shown } = artifact;
  const address = `/runs/${runId}/artifacts/${encodeURIComponent(key)}`;
  return (
    <article>
      <p class="flex">
        <b>{key}</b>
        {description === null ? null : <span class="dim">{description}</span>}
        {shown.kind === 'link' ? null : (
          <a class="sub end" href={address} download>
            {formatSize(size)}
          </a>
        )}
      </p>
      <Content shown={shown} address={address} name={description ?? key} />
    </article>
  );
}

function Content({ shown, address, name }: { shown: Shown; address: string; name: string }) {
  switch (shown.kind) {
    case 'table':
      return (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                {shown.columns.map((column) => (
                  <th>{column}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.rows.map((row) => (
                <tr>
                  {row.map((cell) => (
                    <td>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          {shown.rowCount > shown.rows.length ? (
            <p class="sub">and {shown.rowCount - shown.rows.length} more rows</p>
          ) : null}
        </div>
      );
    case 'text':
      return (
        <pre>
          {shown.text}
          {shown.isCut ? '\n...' : ''}
        </pre>
      );
    case 'image':
      return <img src={address} alt={name} loading="lazy" />;
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
