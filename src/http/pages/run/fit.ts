/**
 * Keeps the page of a run within its budget, whatever the run has left: what can be read elsewhere gives way first, the end
 * of the log, then old events, then the contents of artifacts and the graph. The order is that of what people miss least.
 */
import { gzipSync } from 'node:zlib';
import { raw } from 'hono/html';
import { type RunData, RunPage } from '../../../web/pages/run/run.tsx';
import type { Clock } from '../../../web/time.tsx';

/** Of the page without what every page has around it (style, script, symbols: 15 KB, 5 KB packed), bytes. */
const LARGEST = 34_000;
const LARGEST_PACKED = 6600;

type Trim = (data: RunData) => RunData;

const TRIMS: readonly Trim[] = [
  tail(60),
  events(20),
  tail(25),
  (data) => ({ ...data, artifacts: { ...data.artifacts, shown: contents(data, 2) } }),
  tail(8),
  (data) => ({ ...data, tasks: { ...data.tasks, graph: data.tasks.graph === null ? null : 'too-many' } }),
  (data) => ({ ...data, artifacts: { ...data.artifacts, shown: contents(data, 0) } }),
  events(5),
  (data) => ({ ...data, values: { ...data.values, result: null } }),
];

export function renderWithin(data: RunData, clock: Clock) {
  let fitting = data;
  let html = String(RunPage({ data: fitting, clock }));
  for (const trim of TRIMS) {
    if (isSmall(html)) break;
    fitting = trim(fitting);
    html = String(RunPage({ data: fitting, clock }));
  }
  // The page itself, as it was just rendered.
  return raw(html);
}

function isSmall(html: string): boolean {
  const size = Buffer.byteLength(html);
  return size <= LARGEST && (size <= LARGEST_PACKED || gzipSync(html).length <= LARGEST_PACKED);
}

function tail(lines: number): Trim {
  return (data) => ({ ...data, log: data.log.slice(-lines) });
}

function events(most: number): Trim {
  return (data) => ({ ...data, events: { ...data.events, events: data.events.events.slice(-most) } });
}

/** Of the first ones; a picture is only a link to it. */
function contents({ artifacts }: RunData, most: number) {
  return artifacts.shown.map((artifact, index) =>
    index < most || artifact.shown.kind === 'image' ? artifact : { ...artifact, shown: { kind: 'file' } as const },
  );
}
