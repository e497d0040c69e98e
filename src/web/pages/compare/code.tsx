/** The differences between the code of two runs: signs and words first, colour only beside them. */

export type CodeView =
  | { readonly kind: 'same' }
  /** One of the versions was not kept. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'differs'; readonly files: readonly FileDiff[]; readonly fileCount: number };

export interface FileDiff {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly lines: readonly DiffLine[];
  /** Lines that are not shown; null: the file is too large, or too different, to be compared here. */
  readonly leftOut: number | null;
}

export interface DiffLine {
  readonly kind: 'added' | 'removed' | 'kept' | 'gap';
  readonly text: string;
}

export function Code({ code }: { code: CodeView }) {
  switch (code.kind) {
    case 'same':
      return <p class="dim">The same code version.</p>;
    case 'unknown':
      return <p class="dim">The files of one of them were not kept, so the code cannot be compared.</p>;
    case 'differs':
      return (
        <>
          {code.files.map((file) => (
            <File file={file} />
          ))}
          {code.fileCount > code.files.length ? (
            <p class="sub">and {code.fileCount - code.files.length} more files</p>
          ) : null}
        </>
      );
  }
}

function File({ file }: { file: FileDiff }) {
  const { path, change, lines, leftOut } = file;
  return (
    <>
      <h3>
        {path}
        {change === 'changed' ? null : <small>{change}</small>}
      </h3>
      {lines.length === 0 ? null : (
        <pre class="diff">
          {lines.map((line) => (
            <Line line={line} />
          ))}
        </pre>
      )}
      {leftOut === 0 ? null : (
        <p class="sub">{leftOut === null ? 'Too large to be compared here.' : `and ${leftOut} more lines`}</p>
      )}
    </>
  );
}

function Line({ line }: { line: DiffLine }) {
  switch (line.kind) {
    case 'added':
      return <ins>+{line.text}</ins>;
    case 'removed':
      return <del>-{line.text}</del>;
    case 'kept':
      return <span> {line.text}</span>;
    case 'gap':
      return <span class="dim">...</span>;
  }
}
