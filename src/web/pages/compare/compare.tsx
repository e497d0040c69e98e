/** Two runs side by side; in each table what differs comes first and is marked. */
import type { Child } from 'hono/jsx';
import type { StateName } from '../../../model/state.ts';
import { comparePage, runPage } from '../../address.ts';
import { StateMark } from '../../state-mark.tsx';
import { Code, type CodeView } from './code.tsx';

export interface CompareData {
  readonly runs: readonly [ComparedHead, ComparedHead];
  readonly sections: readonly SectionView[];
  readonly code: CodeView;
}

export interface ComparedHead {
  readonly id: number;
  readonly flow: string;
  readonly state: StateName;
}

export interface SectionView {
  /** Of the section's element. */
  readonly id: string;
  readonly title: string;
  /** What differs first. */
  readonly rows: readonly RowView[];
  /** May be more than `rows`. */
  readonly count: number;
  readonly isFigures: boolean;
  /** What is said where nothing differs. */
  readonly alike: string;
}

export interface RowView {
  readonly name: string;
  /** null where that run has none. */
  readonly values: readonly [string | null, string | null];
  readonly isSame: boolean;
  /** "+1.2s", "-0.03 (-2 %)". */
  readonly change: string | null;
}

export const COMPARE_STYLE = `
.cmp{table-layout:fixed}.cmp .same,.cmp .same th{color:var(--dim);font-weight:400}.cmp thead a{display:inline-block;line-height:1.75rem}.cmp .mark{color:var(--warn);display:inline-block;width:1.1em;font-weight:650}
h3{font-size:.875rem;font-weight:500;margin:1rem 0 0}h3 small{color:var(--dim);margin-left:.5rem;font-weight:400}
.diff{max-height:none}.diff>*{display:block;text-decoration:none}.diff ins{background:color-mix(in srgb,var(--ok) 14%,transparent)}.diff del{background:color-mix(in srgb,var(--fail) 14%,transparent)}
@media(max-width:46rem){.cmp tr{display:block;border-bottom:1px solid var(--line);padding:.5rem 0}.cmp th,.cmp td{display:block;width:auto;border:0;padding:.1rem 0;text-align:left}}
`;

export function ComparePage({ data }: { data: CompareData }) {
  const { runs, sections, code } = data;
  const [a, b] = runs;
  return (
    <>
      <h1>
        {a.flow === b.flow ? `${a.flow}: run` : 'Run'} {a.id} and run {b.id}
      </h1>
      <p class="lead">
        <a href={comparePage(b.id, a.id)}>The other way round</a>
      </p>
      {sections
        .filter(({ rows }) => rows.length > 0)
        .map((section) => (
          <section id={section.id}>
            <Section section={section} runs={runs} />
          </section>
        ))}
      <section id="code">
        <h2>Code</h2>
        <Code code={code} />
      </section>
    </>
  );
}

/** What asks for the two, when the address does not say them. */
export function CompareForm({ a, b }: { a: string; b: string }) {
  const field = (name: 'a' | 'b', label: string, value: string) => (
    <label>
      {label} <input name={name} value={value} inputmode="numeric" pattern="[0-9]+" required size={8} />
    </label>
  );
  return (
    <>
      <h1>Compare two runs</h1>
      <p class="lead">What was given, what came out, how long each task took, and what differs in the code.</p>
      <form action={comparePage()} class="acts">
        {field('a', 'Run', a)}
        {field('b', 'and run', b)}
        <button type="submit">Compare</button>
      </form>
    </>
  );
}

function Section({ section, runs }: { section: SectionView; runs: CompareData['runs'] }) {
  const { title, rows, count, isFigures, alike, id } = section;
  const hasChanges = rows.some(({ change }) => change !== null);
  const figures = isFigures ? { class: 'n' } : {};
  const changes = rows.filter(({ isSame }) => !isSame).length;
  return (
    <>
      <h2>
        {title}
        <small>
          {rows.length < count ? `${rows.length} of ${count}, ` : ''}
          {changes === 0 ? alike : `${changes} ${changes === 1 ? 'differs' : 'differ'}`}
        </small>
      </h2>
      <table class="cmp">
        <thead>
          <tr>
            <th scope="col">{title}</th>
            {runs.map((run) => (
              <th scope="col" {...figures}>
                <a href={runPage(run.id)}>run {run.id}</a>
                {id === 'runs' ? (
                  <>
                    {' '}
                    <StateMark name={run.state} />
                  </>
                ) : null}
              </th>
            ))}
            {hasChanges ? (
              <th scope="col" class="n">
                Change
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr {...(row.isSame ? { class: 'same' } : {})}>
              <th scope="row">
                <span class="mark">{row.isSame ? '' : <Differs />}</span>
                {row.name}
              </th>
              <td {...figures}>{row.values[0] ?? <Missing />}</td>
              <td {...figures}>{row.values[1] ?? <Missing />}</td>
              {hasChanges ? <td class="n dim">{row.change}</td> : null}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Differs(): Child {
  return (
    <span role="img" aria-label="differs">
      ≠
    </span>
  );
}

function Missing(): Child {
  return <span class="dim">none</span>;
}
