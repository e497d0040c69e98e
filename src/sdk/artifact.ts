/** What a run leaves for people to look at: tables, text, images, links, files. Shown on the run's page, kept in the file. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { WeirError } from '../model/errors.ts';
import { toPlainJson } from '../model/plain-json.ts';
import type { ArtifactContent } from '../model/report.ts';
import { runtime } from './runtime.ts';

export interface ArtifactOptions {
  /** Its name within the run; leaving one of the same key again replaces it. */
  key: string;
  description?: string;
}

/** Media types of the images that pages can show, by the ending of a file's name. */
export const IMAGE_TYPES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  svg: 'image/svg+xml',
};

export const artifact = Object.freeze({
  /**
   * Text in Markdown, rendered on the page; HTML in it is shown as text.
   *
   * @example artifact.markdown('# Week 7\nPromoted.', { key: 'summary' })
   */
  markdown(text: string, options: ArtifactOptions): void {
    leave('markdown', options, 'text/markdown', text);
  },

  /** Rows as objects with the same keys. @example artifact.table([{ alpha: 0.1, rmse: 1.93 }], { key: 'candidates' }) */
  table(rows: readonly object[], options: ArtifactOptions): void {
    leave('table', options, 'application/json', JSON.stringify(toPlainJson(rows)));
  },

  /**
   * A link to something that lies elsewhere.
   *
   * @example artifact.link('https://example.org/report', { key: 'report' })
   * @throws WeirError `invalid-value` for what is no URL
   */
  link(url: string, options: ArtifactOptions): void {
    if (!URL.canParse(url))
      throw new WeirError('invalid-value', `the link of artifact "${options.key}" is no URL: ${url}`);
    leave('link', options, 'text/uri-list', url);
  },

  /** An SVG text, bytes with their media type, or a file. @example artifact.image({ svg: chart }, { key: 'chart' }) */
  image(
    image: { svg: string } | { data: Uint8Array; type: string } | { file: string },
    options: ArtifactOptions,
  ): void {
    if ('svg' in image) return leave('image', options, 'image/svg+xml', image.svg);
    if ('data' in image) return leave('image', options, image.type, image.data);
    const type = IMAGE_TYPES[image.file.split('.').at(-1)?.toLowerCase() ?? ''];
    if (type === undefined)
      throw new WeirError('invalid-value', `${image.file} is no image that pages can show`, {
        hint: `use ${Object.keys(IMAGE_TYPES).join(', ')}`,
      });
    return leave('image', options, type, readFileSync(image.file));
  },

  /** Keeps a copy of a file. @example artifact.file('report.pdf', { key: 'report' }) */
  file(path: string, options: Partial<ArtifactOptions> = {}): void {
    leave('file', { ...options, key: options.key ?? basename(path) }, 'application/octet-stream', readFileSync(path));
  },
});

function leave(
  artifactKind: ArtifactContent['artifactKind'],
  options: ArtifactOptions,
  mediaType: string,
  data: string | Uint8Array,
): void {
  if (typeof options?.key !== 'string' || options.key === '') {
    throw new WeirError('invalid-value', 'an artifact needs a key', {
      hint: `artifact.${artifactKind}(..., { key: 'name' })`,
    });
  }
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  if (!(bytes instanceof Uint8Array))
    throw new WeirError('invalid-value', `the data of artifact "${options.key}" is neither text nor bytes`);
  runtime('artifact').artifact({
    key: options.key,
    artifactKind,
    description: options.description === undefined ? null : String(options.description),
    mediaType: String(mediaType),
    data: bytes,
  });
}
