/** A line chart as SVG text: no library, nothing to load, readable in a page, a mail or a file. */

export interface Chart {
  title: string;
  xLabel: string;
  yLabel: string;
  series: Series[];
}

export interface Series {
  name: string;
  /** Any CSS colour. */
  color: string;
  /** From left to right. A filled point is drawn solid. */
  points: { x: number; y: number; filled?: boolean }[];
}

const WIDTH = 720;
const HEIGHT = 320;
const LEFT = 56;
const RIGHT = 16;
const TOP = 64;
const BOTTOM = 44;

export function lineChart({ title, xLabel, yLabel, series }: Chart): string {
  const points = series.flatMap((one) => one.points);
  const xTicks = ticks(
    points.map((point) => point.x),
    13,
  ).filter(Number.isInteger);
  const yTicks = ticks(
    points.map((point) => point.y),
    5,
  );
  const [x0, x1] = ends([...points.map((point) => point.x), ...xTicks]);
  const [y0, y1] = ends([...points.map((point) => point.y), ...yTicks]);
  const x = (value: number): string => (LEFT + ((value - x0) / (x1 - x0)) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const y = (value: number): string =>
    (HEIGHT - BOTTOM - ((value - y0) / (y1 - y0)) * (HEIGHT - TOP - BOTTOM)).toFixed(1);

  const grid = yTicks.map(
    (tick) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(tick)}" y2="${y(tick)}" stroke="#e4e6ea"/>` +
      `<text x="${LEFT - 8}" y="${y(tick)}" dy="4" text-anchor="end">${Number(tick.toFixed(6))}</text>`,
  );
  const weeks = xTicks.map(
    (tick) => `<text x="${x(tick)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${tick}</text>`,
  );
  const lines = series.map(({ name, color, points }, at) => {
    const stroke = escapeText(color);
    const path = points.map((point) => `${x(point.x)},${y(point.y)}`).join(' ');
    const dots = points.map(
      (point) =>
        `<circle cx="${x(point.x)}" cy="${y(point.y)}" r="3.5" fill="${point.filled ? stroke : '#fff'}" stroke="${stroke}"/>`,
    );
    const left = LEFT + at * 130;
    return (
      `<polyline points="${path}" fill="none" stroke="${stroke}" stroke-width="2"/>${dots.join('')}` +
      `<line x1="${left}" x2="${left + 18}" y1="42" y2="42" stroke="${stroke}" stroke-width="2"/>` +
      `<text x="${left + 24}" y="46">${escapeText(name)}</text>`
    );
  });

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="#444">`,
    `<title>${escapeText(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="22" font-size="15" font-weight="600">${escapeText(title)}</text>`,
    ...grid,
    ...weeks,
    `<text x="${WIDTH - RIGHT}" y="${HEIGHT - 8}" text-anchor="end">${escapeText(xLabel)}</text>`,
    `<text x="${WIDTH - RIGHT}" y="46" text-anchor="end">${escapeText(yLabel)}</text>`,
    ...lines,
    '</svg>',
  ].join('\n');
}

/** Round numbers over the range of the values, about as many as asked for: steps of 1, 2 or 5 times a power of ten. */
function ticks(values: number[], about: number): number[] {
  const [low, high] = ends(values);
  const rough = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}

/** Lowest and highest; half a unit to both sides of a lone value, so that nothing is divided by zero. */
function ends(values: number[]): [number, number] {
  const low = values.length > 0 ? Math.min(...values) : 0;
  const high = values.length > 0 ? Math.max(...values) : 1;
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
