/** What went into a run and what came out: metrics, parameters, the result. */
import { shorten } from '../log.tsx';
import type { RunData } from './run.tsx';

export function Values({ data }: { data: RunData }) {
  const { params, result, resultSize, run } = data;
  const fields = params !== null && typeof params === 'object' && !Array.isArray(params) ? Object.entries(params) : [];
  const metrics = Object.entries(run.metrics);
  return (
    <div class="half">
      {metrics.length === 0 ? null : (
        <Pairs title="Metrics" pairs={metrics.map(([name, value]) => [name, formatMetric(value)])} />
      )}
      {fields.length === 0 ? null : (
        <Pairs title="Parameters" pairs={fields.map(([name, value]) => [name, shorten(JSON.stringify(value), 500)])} />
      )}
      {resultSize === null || result === 'null' ? null : (
        <div>
          <h2>Result</h2>
          {result === null ? <p class="dim">{resultSize} bytes, too large to show</p> : <pre>{result}</pre>}
        </div>
      )}
    </div>
  );
}

function Pairs({ title, pairs }: { title: string; pairs: readonly (readonly [string, string])[] }) {
  return (
    <div>
      <h2>{title}</h2>
      <table>
        <tbody>
          {pairs.map(([name, value]) => (
            <tr>
              <th scope="row">{name}</th>
              <td>
                <code>{value}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Seven digits tell two models apart; more are noise of the arithmetic. */
function formatMetric(value: number): string {
  return String(Number(value.toPrecision(7)));
}
