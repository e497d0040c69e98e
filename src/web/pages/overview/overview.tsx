/** The first page: can I close the laptop? A sentence, what needs a person, what runs, every flow, the latest runs. */
import { runsWhere } from '../../address.ts';
import { type RunLine, RunTable } from '../../run-table.tsx';
import { Glyph } from '../../state-mark.tsx';
import { type Clock, Time } from '../../time.tsx';
import { Attention, type AttentionLine } from './attention.tsx';
import { Flows, type FlowsData } from './flows.tsx';
import { Running, type RunningLine } from './running.tsx';

export interface OverviewData {
  readonly attention: readonly AttentionLine[];
  /** May be more than `attention` shows. */
  readonly attentionCount: number;
  readonly running: readonly RunningLine[];
  /** May be more than `running` shows. */
  readonly runningCount: number;
  readonly queuedCount: number;
  readonly next: { readonly flow: string; readonly at: number } | null;
  readonly flows: FlowsData;
  /** None where the flows fill the page. */
  readonly latest: readonly RunLine[];
  readonly hasRuns: boolean;
}

export const OVERVIEW_STYLE = `
progress{appearance:none;width:8rem;height:.4rem;border:0;border-radius:9px;overflow:hidden;background:var(--line);vertical-align:middle;margin-right:.25rem}
::-webkit-progress-bar{background:var(--line)}::-webkit-progress-value{background:var(--run)}::-moz-progress-bar{background:var(--run)}
.box .flex{align-items:center;gap:.25rem .75rem}.now .st{display:inline-flex;white-space:normal;overflow-wrap:anywhere}.now .g{flex:none;margin-top:.22em}.now th{width:34%}.now .sub{margin-top:.25rem}
.flows td,.flows th,.now td,.now th{vertical-align:middle}.flows .bars{margin:0}.spark{display:block;max-width:100%;color:var(--idle)}
.flows button,.flows .btn,.now button,.box button,.box .btn{padding:.15rem .6rem;font-size:.8125rem}.flows th{min-width:5.5rem}.flows thead th:first-child{width:24%}.now progress{display:block;width:10rem;max-width:100%;margin:.35rem 0}
.flows~details{margin-top:.75rem}.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media(max-width:62rem){.m{display:none}.flows .bars{width:120px}}
@media(max-width:46rem){.flows thead th:first-child{width:42%}.flows .bars{width:60px}.flows :is(td,th):last-child{display:none}.flows td:nth-child(3){padding-right:0}.now th{width:auto}.now progress{width:6rem}.box .end{flex:1 0 100%;justify-content:space-between}}`;

export function OverviewPage({ data, clock }: { data: OverviewData; clock: Clock }) {
  const { attention, attentionCount, running, runningCount, flows, latest, hasRuns } = data;
  return (
    <>
      <section id="status">
        <Status data={data} clock={clock} />
      </section>
      <section id="attention" hidden={attention.length === 0}>
        {attention.length === 0 ? null : <Attention lines={attention} count={attentionCount} clock={clock} />}
      </section>
      <section id="running" hidden={running.length === 0}>
        {running.length === 0 ? null : <Running lines={running} count={runningCount} clock={clock} />}
      </section>
      <section id="flows" hidden={flows.count === 0}>
        {flows.count === 0 ? null : <Flows flows={flows} clock={clock} />}
      </section>
      <section id="latest">
        {hasRuns ? <Latest runs={latest} clock={clock} /> : <Welcome hasFlows={flows.count > 0} />}
      </section>
    </>
  );
}

function Latest({ runs, clock }: { runs: readonly RunLine[]; clock: Clock }) {
  return (
    <>
      {runs.length === 0 ? null : (
        <>
          <h2>Latest runs</h2>
          <RunTable runs={runs} clock={clock} />
        </>
      )}
      <p class="pages">
        <a href="/runs">All runs</a>
        <a href="/flows">All flows</a>
      </p>
    </>
  );
}

function Status({ data, clock }: { data: OverviewData; clock: Clock }) {
  const { attentionCount, runningCount, queuedCount, next, hasRuns } = data;
  const isBad = attentionCount > 0;
  const hasFailed = data.attention.some(({ isWarning }) => !isWarning);
  return (
    <>
      <h1>
        <Glyph name={hasFailed ? 'Failed' : isBad ? 'Late' : hasRuns ? 'Completed' : 'Scheduled'} />
        {isBad ? overviewTitle(attentionCount) : hasRuns ? 'All good' : 'Ready'}
      </h1>
      <p class="lead">
        {runningCount === 0 ? 'Nothing' : runningCount} running
        {queuedCount === 0 ? null : (
          <>
            {', '}
            <a href={runsWhere('state:waiting')}>{queuedCount} queued</a>
          </>
        )}
        {next === null ? (
          '; nothing is scheduled'
        ) : (
          <>
            ; next is <b>{next.flow}</b>
            {next.at <= clock.now ? (
              ' now'
            ) : (
              <>
                {' at '}
                <b>
                  <Time at={next.at} clock={clock} withZone />
                </b>
              </>
            )}
          </>
        )}
        .
      </p>
    </>
  );
}

function Welcome({ hasFlows }: { hasFlows: boolean }) {
  return (
    <>
      <h2>{hasFlows ? 'Latest runs' : 'Begin'}</h2>
      <p>
        No runs yet: {hasFlows ? 'press Run above, or ' : null}
        <code>weir run flow.ts</code>
      </p>
      {hasFlows ? null : (
        <p class="dim">
          No flow at hand? <code>weir init</code> writes one to try.
        </p>
      )}
    </>
  );
}

/** What the tab says, and the first line. */
export function overviewTitle(attention: number): string {
  return attention === 0 ? 'Weir' : `${attention} ${attention === 1 ? 'needs' : 'need'} attention`;
}
