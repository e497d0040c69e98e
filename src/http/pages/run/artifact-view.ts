/** An artifact as the page of its run shows it: the first rows of a table, the beginning of a text, a picture by its URL. */
import type { ArtifactRow } from '../../../store/artifacts.ts';
import type { ArtifactView, Shown } from '../../../web/pages/run/artifact.tsx';

/** What an <img> shows; scripts of an SVG do not run there. */
export const PICTURES: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/svg+xml',
]);

const ROWS_SHOWN = 50;
const COLUMNS_SHOWN = 12;
const TEXT_SHOWN = 4000;
const CELL_SHOWN = 120;

export function viewArtifact(row: ArtifactRow): ArtifactView {
  return { key: row.key, description: row.description, size: row.size, shown: shownOf(row) };
}

function shownOf({ kind, mediaType, data }: ArtifactRow): Shown {
  if (kind === 'image') return PICTURES.has(mediaType) ? { kind: 'image' } : { kind: 'file' };
  if (data === null || kind === 'file') return { kind: 'file' };
  const text = Buffer.from(data).toString('utf8');
  switch (kind) {
    case 'table':
      return tableOf(text) ?? { kind: 'file' };
    case 'link':
      return { kind: 'link', url: text };
    case 'markdown':
    case 'summary':
      return { kind: 'text', text: text.slice(0, TEXT_SHOWN).trimEnd(), isCut: text.length > TEXT_SHOWN };
  }
}

function tableOf(text: string): Shown | null {
  try {
    const rows = JSON.parse(text) as unknown;
    if (!Array.isArray(rows)) return null;
    const records = rows.slice(0, ROWS_SHOWN).map(recordOf);
    const columns = [...new Set(records.flatMap((record) => Object.keys(record)))].slice(0, COLUMNS_SHOWN);
    return {
      kind: 'table',
      columns,
      rows: records.map((record) => columns.map((column) => cellOf(record[column]))),
      rowCount: rows.length,
    };
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
