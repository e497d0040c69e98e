/** Runs by what is asked for: the filter, what it found in numbers, fifty runs a page, and what can be done with them. */
import { flowPage, runPage, runsCsv, runsJson, runsWhere } from '../../address.ts';
import { BulkBar, BulkBox } from '../../bulk-bar.tsx';
import { Attempt, type RunLine, runTime, TRIGGERS } from '../../run-table.tsx';
import { StateMark } from '../../state-mark.tsx';
import { type Clock, Time, took } from '../../time.tsx';
import { type FilterData, FilterForm } from './filter-form.tsx';
import { countOf, Summary, type SummaryData } from './summary.tsx';

export interface RunsData {
  /** In the words of `weir runs`. */
  readonly filter: string;
  readonly form: FilterData;
  /** Null where the filter cannot be read. */
  readonly found: FoundRuns | null;
}

export interface FoundRuns {
  readonly summary: SummaryData;
  readonly runs: readonly FoundRun[];
  readonly older: number | null;
  readonly newer: number | null;
  /** Room was left, but below this number nobody has looked yet. */
  readonly lookedTo: number | null;
  /** It is not the first page. */
  readonly isFurther: boolean;
}

export interface FoundRun extends RunLine {
  /** The task that failed, or those that run. */
  readonly where: string | null;
  /** How long the flow usually takes. */
  readonly typicalMs: number | null;
}

export const RUNS_STYLE = `
.filter{display:flex;flex-wrap:wrap;gap:.5rem .75rem;align-items:end;margin:1rem 0 .5rem;font-size:.8125rem;color:var(--dim)}
.filter label{flex:1 1 7rem;min-width:0}.filter .wide-field{flex:3 1 15rem}
.filter input:not([type=checkbox]),.filter select{display:block;width:100%;color:var(--ink);padding:.3rem .5rem;height:2rem}
.filter fieldset{flex:1 1 auto;display:flex;flex-wrap:wrap;gap:0 1rem;border:0;padding:0;margin:0;line-height:2rem;color:var(--ink)}
.filter legend{float:left;padding:0;color:var(--dim);margin-right:1rem}.filter fieldset label{flex:none}.filter [type=checkbox]{margin:0 .4rem 0 0;vertical-align:-.1em}.filter button{color:var(--ink)}
.chips,.counts{display:flex;flex-wrap:wrap;gap:.35rem .5rem;align-items:baseline}.counts{gap:.25rem 1.25rem;margin-top:1.25rem;font-variant-numeric:tabular-nums}
.chips a{border:1px solid var(--line);background:var(--soft);border-radius:9px;padding:0 .6rem;font-size:.8125rem;text-decoration:none}.chips a:hover{border-color:var(--edge)}
.histogram{margin:.75rem 0 0}.histogram svg{display:block;width:100%;height:64px}.histogram path{stroke:currentColor}.histogram .base{stroke:var(--line)}
.histogram figcaption{display:flex;justify-content:space-between;gap:1rem;font-size:.8125rem;color:var(--dim);margin-top:.25rem}
.pages .end{margin-left:auto;display:flex;gap:1.5rem}
#runs table{margin-top:1.25rem}#runs thead th{white-space:nowrap}#runs tbody th{min-width:7rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
#runs :is(td,th):is(:nth-child(2),:nth-child(7),:nth-child(8)){text-align:right}
#runs td:nth-child(n+6){white-space:nowrap}#runs td:nth-child(n+8){color:var(--dim)}#runs td:nth-child(5){min-width:8rem}
@media(max-width:62rem){#runs :is(td,th):nth-child(n+8){display:none}}
@media(max-width:46rem){#runs :is(td,th):nth-child(n+5):not(:nth-child(7)){display:none}#runs tbody th{min-width:4rem}#runs :is(td,th){padding-right:.5rem}#runs :is(td,th):nth-child(7){padding-right:0}}
@media(max-width:23rem){#runs :is(td,th):nth-child(7){display:none}}`;

export function RunsPage({ data, clock }: { data: RunsData; clock: Clock }) {
  const { filter, form, found } = data;
  return (
    <>
      <section id="filter">
        <h1>Runs</h1>
        <FilterForm filter={form} />
      </section>
      {found === null ? null : (
        <>
          <section id="summary">
            <Summary summary={found.summary} />
          </section>
          <section id="runs">
            {found.runs.length === 0 ? (
              <NoRuns found={found} filter={filter} />
            ) : (
              <Table runs={found.runs} clock={clock} />
            )}
            <Further filter={filter} found={found} />
            {found.runs.length === 0 ? null : <BulkBar filter={filter} matching={countOf(found.summary)} />}
          </section>
        </>
      )}
    </>
  );
}

/** What a cell looks like hangs on its column: said once in the style sheet, not in each of five hundred cells. */
function Table({ runs, clock }: { runs: readonly FoundRun[]; clock: Clock }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">
            <span class="unseen">Marked</span>
          </th>
          {['Run', 'Flow', 'State', 'Where', 'Started', 'Took', 'Against usual', 'Trigger'].map((heading) => (
            <th scope="col">{heading}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr>
            <td>
              <BulkBox run={run.id} />
            </td>
            <td>
              <a href={runPage(run.id)}>{run.id}</a>
            </td>
            <th scope="row">
              <a href={flowPage(run.flow)}>{run.flow}</a>
            </th>
            <td>
              <StateMark name={run.state.name} />
              <Attempt count={run.attempt} />
            </td>
            <td>{run.where}</td>
            <td>{run.startAt === null ? <span class="dim">not yet</span> : <Time at={run.startAt} clock={clock} />}</td>
            <td>{run.startAt === null ? '' : took(runTime(run, clock.now))}</td>
            <td>
              <Compared run={run} />
            </td>
            <td>{TRIGGERS[run.trigger]?.word ?? run.trigger}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Against how long the flow usually takes, where it is worth a word: of what failed half-way it tells nothing. */
function Compared({ run }: { run: FoundRun }) {
  const { typicalMs, runTimeMs, state } = run;
  if (typicalMs === null || typicalMs < 1000 || state.type !== 'COMPLETED') return null;
  const percent = Math.round((runTimeMs / typicalMs - 1) * 100);
  if (Math.abs(percent) < 25) return null;
  const text =
    percent >= 200 ? `${Math.round(runTimeMs / typicalMs)} times` : `${percent > 0 ? '+' : '-'}${Math.abs(percent)} %`;
  return <span title={`usually ${took(typicalMs)}`}>{text}</span>;
}

function Further({ filter, found }: { filter: string; found: FoundRuns }) {
  const { older, newer, lookedTo, isFurther, runs } = found;
  return (
    <nav class="pages" aria-label="More runs">
      {isFurther ? <a href={runsWhere(filter)}>Newest</a> : null}
      {newer === null ? null : <a href={runsWhere(filter, { after: newer })}>Newer</a>}
      {older === null ? null : (
        <a href={runsWhere(filter, { before: older })}>{lookedTo === null ? 'Older' : 'Look further back'}</a>
      )}
      {runs.length === 0 ? null : (
        <span class="end">
          <a href={runsCsv(filter)}>CSV</a>
          <a href={runsJson(filter)}>JSON</a>
        </span>
      )}
    </nav>
  );
}

function NoRuns({ found, filter }: { found: FoundRuns; filter: string }) {
  if (found.lookedTo !== null) return <p>No run matches down to run {found.lookedTo + 1}.</p>;
  if (found.isFurther) return <p>No more runs.</p>;
  if (filter !== '') return <p>No run matches.</p>;
  return (
    <p>
      No runs yet: <code>weir run flow.ts</code>
    </p>
  );
}
