/**
 * Markdown of a run as HTML for its page. A run may write anything: HTML in it stays text, links lead only where a person
 * can see where (http, https, mailto, relative ones to files of the run), pictures come only from the run's own artifacts.
 * The library is loaded with the first run that has some.
 */
import type { Renderer, Token } from 'markdown-it';
import { artifactFile } from '../../../web/address.ts';

export type RenderMarkdown = (text: string) => string;

/** Where names of the text lead. */
export interface MarkdownPlace {
  readonly runId: number;
  /** Keys of the artifacts that can be shown as a picture. */
  readonly pictures: ReadonlySet<string>;
  readonly keys: ReadonlySet<string>;
}

/** The heading of the artifact has this level; those of its text come below. */
const PAGE_LEVEL = 3;

/** Loads the library: some ms, once. */
export async function loadMarkdown(): Promise<(place: MarkdownPlace) => RenderMarkdown> {
  const { default: MarkdownIt } = await import('markdown-it');
  return (place) => {
    const markdown = new MarkdownIt({ html: false, linkify: false, maxNesting: 20 });
    markdown.validateLink = isAllowed;
    const { rules } = markdown.renderer;
    rules.image = (tokens, index) => picture(tokens[index], place, markdown.utils.escapeHtml);
    rules.link_open = (tokens, index, options, _, self) => link(tokens, index, options, self, place);
    markdown.core.ruler.push('levels', ({ tokens }) => setLevels(tokens));
    return (text) => markdown.render(text);
  };
}

/** Levels that a text leaves out are left out of the page as well: `#` and then `###` are two levels that follow. */
function setLevels(tokens: readonly Token[]): void {
  const headings = tokens.filter(({ type }) => type === 'heading_open' || type === 'heading_close');
  const levels = [...new Set(headings.map(({ tag }) => tag))].sort();
  let last = PAGE_LEVEL;
  for (const heading of headings) {
    // A heading's end follows its beginning, and gets the same level.
    if (heading.type === 'heading_open') last = Math.min(6, last + 1, PAGE_LEVEL + 1 + levels.indexOf(heading.tag));
    heading.tag = `h${last}`;
  }
}

/** A scheme is a word and a colon; whitespace and control characters, which browsers leave out, are not let through. */
export function isAllowed(url: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\u0000-\u0020\u007f-\u00a0\\]/.test(url) || url.startsWith('//')) return false;
  const scheme = /^([^/?#:]*):/.exec(url)?.[1];
  return scheme === undefined || ['http', 'https', 'mailto'].includes(scheme.toLowerCase());
}

function link(
  tokens: Token[],
  index: number,
  options: Parameters<Renderer['renderToken']>[2],
  self: Renderer,
  { runId, keys }: MarkdownPlace,
): string {
  const token = tokens[index] as Token;
  const key = keyOf(String(token.attrGet('href') ?? ''));
  if (keys.has(key)) token.attrSet('href', artifactFile(runId, key));
  token.attrSet('rel', 'noopener noreferrer');
  return self.renderToken(tokens, index, options);
}

/** One that is no artifact of the run is told by its words. */
function picture(
  token: Token | undefined,
  { runId, pictures }: MarkdownPlace,
  escaped: (text: string) => string,
): string {
  const key = keyOf(String(token?.attrGet('src') ?? ''));
  const words = escaped(token?.content ?? '');
  return pictures.has(key) ? `<img src="${escaped(artifactFile(runId, key))}" alt="${words}">` : words;
}

/** `./chart.svg` is the artifact `chart.svg`. */
function keyOf(url: string): string {
  try {
    return decodeURIComponent(url.replace(/^\.\//, ''));
  } catch {
    return url;
  }
}
