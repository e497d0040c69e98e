/** What a chart draws, as a table that unfolds: the same figures for those who do not see it, or want to copy them. */
import type { ChartSeries } from './line-chart.tsx';

/** Newest first; more are in the file that the page offers. */
const MOST_ROWS = 100;

export function ChartTable({
  id,
  series,
  format,
}: {
  id: string;
  series: readonly ChartSeries[];
  format: (value: number) => string;
}) {
  const names = new Map<string, string | undefined>();
  for (const { points } of series) for (const { name, href } of points) names.set(name, href);
  const values = series.map(({ points }) => new Map(points.map(({ name, y }) => [name, y])));
  const rows = [...names].reverse();
  return (
    <details id={id}>
      <summary class="sub">Show data</summary>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">{rows.length > MOST_ROWS ? `Newest ${MOST_ROWS} of ${rows.length}` : ''}</th>
              {series.map((each) => (
                <th scope="col" class="n">
                  {each.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map(([name, href]) => (
              <tr>
                <th scope="row">{href === undefined ? name : <a href={href}>{name}</a>}</th>
                {values.map((each) => {
                  const value = each.get(name);
                  return <td class="n">{value === undefined ? '' : format(value)}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
