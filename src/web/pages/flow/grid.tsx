/**
 * The tasks of a flow run by run: a row a task, a column a run, the newest at the right, a glyph in each cell. The first
 * column stays while the rest scrolls. Most cells are a word of two letters that the style sheet draws as a glyph, because
 * an inline picture for each would be heavier than all the rest of the page.
 */
import { raw } from 'hono/html';
import type { StateName } from '../../../model/state.ts';
import { flowPage, runPage } from '../../address.ts';
import { Glyph, lookOf } from '../../state-mark.tsx';

export interface GridData {
  readonly flow: string;
  /** Oldest first. */
  readonly runs: readonly { readonly id: number; readonly name: StateName }[];
  readonly rows: readonly GridRow[];
  /** Tasks without a row. */
  readonly moreTasks: number;
  /** Some runs have more tasks than were looked at. */
  readonly tasksLookedAt: number | null;
  /** There may be more runs than are shown. */
  readonly canShowMore: boolean;
}

export interface GridRow {
  readonly title: string;
  /** Runs, of those shown, that called it. */
  readonly seen: number;
  /** Runs in which it failed, or needed more than one attempt. */
  readonly notAtOnce: number;
  /** One for each run; null: the run has no such task. */
  readonly cells: readonly (GridCell | null)[];
}

export interface GridCell {
  readonly task: number;
  readonly name: StateName;
  /** It completed, but not at the first attempt. */
  readonly isRetried: boolean;
  /** Task runs of this name; the worst of them is shown. */
  readonly count: number;
}

/** A link in each cell costs twice as much as a glyph: only in a grid that is small enough. */
const MOST_LINKS = 200;
const LONGEST_TITLE = 60;

/** Hundreds of them make the page: HTML allows a cell without its end. */
const OK_CELL = raw('<td class=o>ok');
const AGAIN_CELL = raw('<td class=r>again');

/** In a mask what is white is drawn. */
const OK_MASK = `url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='7' fill='%23fff'/%3E%3Cpath d='M4.7 8.3l2.3 2.3 4.3-4.9' fill='none' stroke='%23000' stroke-width='1.8'/%3E%3C/svg%3E")`;
const AGAIN_MASK = `url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='none' stroke='%23fff' stroke-width='1.6'%3E%3Ccircle cx='8' cy='8' r='6.5'/%3E%3Cpath d='M4.7 8.3l2.3 2.3 4.3-4.9'/%3E%3C/svg%3E")`;

export const GRID_STYLE = `
.grid-of{direction:rtl}.grid-of table{direction:ltr;width:auto;margin:0 auto 0 0}
.grid-of th,.grid-of td{padding:.25rem .2rem;border:0;text-align:center;vertical-align:middle}
.grid-of th:first-child{position:sticky;left:0;background:var(--bg);text-align:left;padding-right:1rem;min-width:8.5rem;max-width:16rem;overflow-wrap:break-word;z-index:1}
.grid-of thead th{vertical-align:bottom}.grid-of thead th+th{padding:0}.grid-of thead a{display:inline-block;line-height:24px;min-height:24px;writing-mode:vertical-rl;transform:rotate(180deg);text-decoration:none}.grid-of thead .fail{color:var(--risk)}
.grid-of td{font-size:0;line-height:0}.grid-of .g{margin:0;width:16px;height:16px}
.grid-of td[class]{color:var(--ok)}
.grid-of td{position:relative}.grid-of .o a,.grid-of .r a{position:absolute;inset:0}.grid-of .o::before,.grid-of .r::before{content:"";display:inline-block;width:16px;height:16px;background:currentColor;mask:${OK_MASK} center/contain no-repeat luminance;forced-color-adjust:none}
.grid-of .r::before{mask-image:${AGAIN_MASK}}
@media(forced-colors:active){.grid-of td[class]{color:CanvasText;forced-color-adjust:none}}
`;

export function Grid({ data }: { data: GridData }) {
  const { flow, runs, rows, moreTasks, tasksLookedAt, canShowMore } = data;
  const hasLinks = rows.length * runs.length <= MOST_LINKS;
  return (
    <>
      <h2>
        Tasks<small>{runs.length === 1 ? 'in the only run' : `in the last ${runs.length} runs`}</small>
      </h2>
      <div class="wide grid-of">
        <table>
          <thead>
            <tr>
              <th>Task</th>
              {runs.map(({ id, name }) => (
                <th>
                  <a href={runPage(id)} {...(lookOf(name).hue === 'fail' ? { class: 'fail' } : {})}>
                    {id}
                  </a>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr>
                <th scope="row">
                  {row.title.length > LONGEST_TITLE ? `${row.title.slice(0, LONGEST_TITLE)}...` : row.title}
                  {row.notAtOnce === 0 ? null : (
                    <span class="sub">
                      not at once in {row.notAtOnce} of {row.seen}
                    </span>
                  )}
                </th>
                {row.cells.map((cell, index) => (
                  <Cell cell={cell} run={runs[index]?.id ?? 0} hasLink={hasLinks} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="sub">
        {moreTasks > 0 ? `${rows.length} of ${rows.length + moreTasks} tasks. ` : ''}
        {tasksLookedAt === null ? '' : `Of runs with very many tasks ${tasksLookedAt} were looked at. `}
        {rows.some(({ notAtOnce }) => notAtOnce > 0) ? 'Not at once: failed, or needed more than one attempt. ' : ''}
        {canShowMore ? <a href={`${flowPage(flow, { runs: 60 })}#grid`}>Show 60 runs</a> : null}
      </p>
    </>
  );
}

function Cell({ cell, run, hasLink }: { cell: GridCell | null; run: number; hasLink: boolean }) {
  if (cell === null) return <td />;
  const { task, name, isRetried, count } = cell;
  const to = `${runPage(run)}#t${task}`;
  if (name === 'Completed') {
    const word = isRetried ? 'again' : 'ok';
    if (!hasLink) return isRetried ? AGAIN_CELL : OK_CELL;
    return (
      <td class={isRetried ? 'r' : 'o'}>
        <a href={to}>{word}</a>
      </td>
    );
  }
  const words = `${lookOf(name).word}${count > 1 ? `, the worst of ${count}` : ''}`;
  return (
    <td>
      <a href={to} aria-label={words}>
        <Glyph name={name} />
      </a>
    </td>
  );
}
