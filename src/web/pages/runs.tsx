/** All runs, or those of one flow: fifty a page, older ones by a link. */
import { type RunLine, RunTable } from '../run-table.tsx';
import type { Clock } from '../time.tsx';

export interface RunsData {
  readonly runs: readonly RunLine[];
  readonly flow: string | null;
  readonly before: number | null;
  /** The last run shown, when there are older ones. */
  readonly next: number | null;
}

export function RunsPage({ data, clock }: { data: RunsData; clock: Clock }) {
  const { runs, flow, before, next } = data;
  return (
    <>
      <h1>{flow === null ? 'Runs' : `Runs of ${flow}`}</h1>
      {flow === null ? null : (
        <p class="lead">
          <a href="/runs">Show all flows</a>
        </p>
      )}
      <section id="runs">
        {runs.length === 0 ? <NoRuns flow={flow} before={before} /> : <RunTable runs={runs} clock={clock} />}
        <nav class="pages" aria-label="More runs">
          {before === null ? null : <a href={address(flow, null)}>Newest</a>}
          {next === null ? null : <a href={address(flow, next)}>Older</a>}
        </nav>
      </section>
    </>
  );
}

function NoRuns({ flow, before }: { flow: string | null; before: number | null }) {
  if (before !== null) return <p>No older runs.</p>;
  if (flow !== null) return <p>No run of {flow} yet.</p>;
  return (
    <p>
      No runs yet: <code>weir run flow.ts</code>
    </p>
  );
}

function address(flow: string | null, before: number | null): string {
  const query = new URLSearchParams();
  if (flow !== null) query.set('flow', flow);
  if (before !== null) query.set('before', String(before));
  return query.size === 0 ? '/runs' : `/runs?${query}`;
}
