/** Text of files with numbered lines, and what differs between two. Only shows; how much of it is decided before. */
import { sourcePage } from '../../address.ts';

export interface SourceView {
  readonly flow: string;
  readonly deployment: string | null;
  /** Which deployed version; null: the code of the last run. */
  readonly version: number | null;
  readonly file: string;
  readonly lines: readonly string[];
  /** May be more than `lines`. */
  readonly lineCount: number;
}

export function SourceSection({ view }: { view: SourceView }) {
  const { flow, deployment, version, file, lines, lineCount } = view;
  return (
    <>
      <h2>
        Source
        <small>
          {file}
          {version === null ? ', as it last ran' : `, version ${version}`}
          {lines.length < lineCount ? `, ${lines.length} of ${lineCount} lines` : ''}
        </small>
      </h2>
      <Code lines={lines} label={file} />
      <p class="pages">
        <a href={sourcePage(flow, { deployment: deployment ?? undefined })}>Whole source, versions and differences</a>
      </p>
    </>
  );
}

/** The numbers stand in a column of their own, so that what is copied has none. */
export function Code({ lines, label, from = 1 }: { lines: readonly string[]; label: string; from?: number }) {
  return (
    <section class="code" tabindex={0} aria-label={label}>
      <pre aria-hidden="true">{lines.map((_, index) => from + index).join('\n')}</pre>
      <pre>{lines.join('\n')}</pre>
    </section>
  );
}
