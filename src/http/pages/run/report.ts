/**
 * GET /runs/:id/report.html: the page of a run as one file. Its pictures lie in it as data, up to a bound; links lead back to
 * the server that it came from.
 */
import type { Hono } from 'hono';
import type { FlowRunRow } from '../../../store/flow-runs.ts';
import type { Store } from '../../../store/store.ts';
import { artifactFile, runPage } from '../../../web/address.ts';
import type { ArtifactsView } from '../../../web/pages/run/artifact.tsx';
import { type RunData, RunReport } from '../../../web/pages/run/run.tsx';
import { RUN_STYLE } from '../../../web/pages/run/style.ts';
import { ReportFrame } from '../../../web/report-frame.tsx';
import { lookOf } from '../../../web/state-mark.tsx';
import { findRun } from '../../find-run.ts';
import type { Pages } from '../../send-page.ts';
import { PICTURES } from './artifacts.ts';
import { gatherRun, loadHelpers } from './run.ts';

/** Bytes of one picture, and of all of them. */
const LARGEST_PICTURE = 2_000_000;
const MOST_BYTES = 8_000_000;

export function bindReport(app: Hono, { store, pages }: { store: Store; pages: Pages }): void {
  app.get('/runs/:id/report.html', async (c) => {
    const helpers = await loadHelpers(store, c.req.param('id'));
    const clock = { ...pages.clock(c), isDated: true };
    const { origin } = new URL(c.req.url);
    const [run, html] = store.overview.inSnapshot(() => {
      const row = findRun(store, c.req.param('id'));
      const data = gatherRun(store, row, { now: clock.now, asked: { from: 0, open: [] }, ...helpers });
      const pictures = picturesOf(store, row);
      const frame = ReportFrame({
        title: `${row.flow}, run ${row.id}: ${lookOf(row.state.name).word.toLowerCase()}`,
        style: RUN_STYLE,
        source: `${origin}${runPage(row.id)}`,
        version: pages.version,
        clock,
        content: RunReport({ data: withPictures(data, row, pictures), clock }),
      });
      return [row, standAlone(String(frame), { origin, runId: row.id, pictures })] as const;
    });
    return new Response(`<!doctype html>${html}`, {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-disposition': `attachment; filename="${fileName(run)}"`,
        'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
        'cache-control': 'no-cache, private',
      },
    });
  });
}

/** Data URLs by the address that the page shows them from. */
function picturesOf(store: Store, run: FlowRunRow): ReadonlyMap<string, string> {
  const pictures = new Map<string, string>();
  let room = MOST_BYTES;
  for (const row of store.runArtifacts.ofRun(run.id, 100)) {
    if (row.kind !== 'image' || !PICTURES.has(row.mediaType) || row.size > Math.min(LARGEST_PICTURE, room)) continue;
    const bytes = store.runArtifacts.data(row.id) ?? store.content.read(row.contentHash ?? '', `artifact "${row.key}"`);
    room -= row.size;
    pictures.set(
      artifactFile(run.id, row.key),
      `data:${row.mediaType};base64,${Buffer.from(bytes).toString('base64')}`,
    );
  }
  return pictures;
}

function withPictures(data: RunData, run: FlowRunRow, pictures: ReadonlyMap<string, string>): RunData {
  const shown: ArtifactsView['shown'] = data.artifacts.shown.map((artifact) => {
    if (artifact.shown.kind !== 'image') return artifact;
    const source = pictures.get(artifactFile(run.id, artifact.key));
    // One that is too large is a link, as a file is.
    return { ...artifact, shown: source === undefined ? { kind: 'file' } : { kind: 'image', source } };
  });
  return { ...data, artifacts: { ...data.artifacts, shown } };
}

interface Origin {
  readonly origin: string;
  readonly runId: number;
  readonly pictures: ReadonlyMap<string, string>;
}

/** In attributes alone stands ` href="`: in text the quote is escaped. Anchors within the page stay as they are. */
function standAlone(html: string, { origin, pictures }: Origin): string {
  return html
    .replaceAll(/ src="(\/[^"]*)"/g, (_, address: string) => {
      const data = pictures.get(address.replaceAll('&amp;', '&').replaceAll('&#39;', "'"));
      return data === undefined ? '' : ` src="${data}"`;
    })
    .replaceAll(' href="/', ` href="${origin}/`);
}

/** Letters that every system takes in names of files. */
function fileName({ flow, id }: FlowRunRow): string {
  return `${flow.replace(/[^\w.-]+/g, '-').slice(0, 80)}-run-${id}.html`;
}
