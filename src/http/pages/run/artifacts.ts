/**
 * The artifacts of a run as its page shows them: the first rows of a table, Markdown, a picture by its URL. What all of them
 * show together is bounded, because a page has to stay small; the rest is named and can be downloaded.
 */
import { createHash } from 'node:crypto';
import type { FlowRunRow } from '../../../store/flow-runs.ts';
import type { ArtifactOutline } from '../../../store/run-artifacts.ts';
import type { Store } from '../../../store/store.ts';
import type { ArtifactsView, Shown } from '../../../web/pages/run/artifact.tsx';
import type { RenderMarkdown } from './markdown.ts';

/** What an <img> shows; scripts of an SVG do not run there. */
export const PICTURES: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/svg+xml',
]);

const ARTIFACTS_SHOWN = 20;
const ROWS_SHOWN = 50;
const COLUMNS_SHOWN = 12;
const TEXT_SHOWN = 4000;
const CELL_SHOWN = 120;
/** Characters of content in all, and what a cell costs beside its text. */
const ROOM = 9000;
const CELL_COST = 10;

/** What is left for content. */
interface Room {
  left: number;
}

export function gatherArtifacts(store: Store, run: FlowRunRow, markdown: RenderMarkdown): ArtifactsView {
  const rows = store.runArtifacts.ofRun(run.id, ARTIFACTS_SHOWN);
  const room = { left: ROOM };
  return {
    count: rows.length < ARTIFACTS_SHOWN ? rows.length : store.runArtifacts.count(run.id),
    shown: rows.map((row) => {
      const { id, key, description, size } = row;
      const data = store.runArtifacts.data(id);
      return {
        ...{ id, key, description, size },
        hash: row.contentHash ?? (data === null ? null : createHash('sha256').update(data).digest('hex')),
        before: store.runArtifacts.before(run.flow, run.id, key),
        after: store.runArtifacts.after(run.flow, run.id, key),
        shown: shownOf(row, data, room, markdown),
      };
    }),
  };
}

function shownOf(row: ArtifactOutline, data: Uint8Array | null, room: Room, markdown: RenderMarkdown): Shown {
  const { kind, mediaType } = row;
  if (kind === 'image') return PICTURES.has(mediaType) ? { kind: 'image', source: null } : { kind: 'file' };
  if (data === null || kind === 'file' || room.left <= 0) return { kind: 'file' };
  const text = Buffer.from(data).toString('utf8');
  switch (kind) {
    case 'table':
      return tableOf(text, room) ?? { kind: 'file' };
    case 'link':
      return { kind: 'link', url: text.slice(0, TEXT_SHOWN) };
    case 'markdown':
    case 'summary': {
      const shown = text.slice(0, Math.min(TEXT_SHOWN, room.left));
      room.left -= shown.length;
      return { kind: 'markdown', html: markdown(shown.trimEnd()), isCut: text.length > shown.length };
    }
  }
}

function tableOf(text: string, room: Room): Shown | null {
  try {
    const rows = JSON.parse(text) as unknown;
    if (!Array.isArray(rows)) return null;
    const records = rows.slice(0, ROWS_SHOWN).map(recordOf);
    const columns = [...new Set(records.flatMap((record) => Object.keys(record)))].slice(0, COLUMNS_SHOWN);
    const cells = records.map((record) => columns.map((column) => cellOf(record[column])));
    const fitting = cells.filter((row) => {
      room.left -= row.reduce((sum, cell) => sum + cell.length + CELL_COST, 0);
      return room.left > 0;
    });
    const names = columns.map((column) => column.slice(0, CELL_SHOWN));
    return { kind: 'table', columns: names, rows: fitting, rowCount: rows.length };
  } catch {
    return null;
  }
}

function recordOf(row: unknown): Readonly<Record<string, unknown>> {
  return typeof row === 'object' && row !== null ? (row as Record<string, unknown>) : { value: row };
}

function cellOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > CELL_SHOWN ? `${text.slice(0, CELL_SHOWN)}...` : text;
}
