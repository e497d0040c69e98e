/** GET /badge/FLOW.svg: how a flow stands, as a small picture; and GET /status/FLOW.txt: the same in one word. */
import type { Hono } from 'hono';
import type { Store } from '../../store/store.ts';
import { type FlowWord, flowWord } from './flow-state.ts';

const COLOURS: Readonly<Record<FlowWord, string>> = {
  completed: '#128461',
  skipped: '#636a77',
  failed: '#ab1c06',
  crashed: '#ab1c06',
  cancelled: '#636a77',
  running: '#053d91',
  never: '#636a77',
};
const LETTER = 6.6;
const PADDING = 12;
/** Of a longer name the middle is left out. */
const LONGEST = 60;
const HEADERS = { 'cache-control': 'no-cache, private' };

export function bindBadge(app: Hono, { store }: { store: Store }): void {
  app.get('/badge/:file{[\\s\\S]+\\.svg}', (c) => {
    const flow = c.req.param('file').slice(0, -'.svg'.length);
    const svg = badge(flow, flowWord(store, flow));
    return c.body(svg, 200, {
      ...HEADERS,
      'content-type': 'image/svg+xml; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    });
  });
  app.get('/status/:file{[\\s\\S]+\\.txt}', (c) => {
    const flow = c.req.param('file').slice(0, -'.txt'.length);
    return c.text(`${flowWord(store, flow)}\n`, 200, HEADERS);
  });
}

/** Text is as wide as it is told to be: no font is known here. */
function badge(flow: string, word: FlowWord): string {
  const name = shortened(flow);
  const left = Math.round([...name].length * LETTER + PADDING);
  const right = Math.round(word.length * LETTER + PADDING);
  const width = left + right;
  const text = (x: number, space: number, content: string) =>
    `<text x="${x}" y="14" textLength="${space - PADDING}" lengthAdjust="spacingAndGlyphs">${xmlText(content)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" role="img" aria-label="${xmlText(`${name}: ${word}`)}">`,
    `<title>${xmlText(`${flow}: ${word}`)}</title>`,
    `<rect width="${left}" height="20" fill="#3c424c"/><rect x="${left}" width="${right}" height="20" fill="${COLOURS[word]}"/>`,
    `<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">`,
    text(PADDING / 2, left, name),
    text(left + PADDING / 2, right, word),
    '</g></svg>\n',
  ].join('');
}

function shortened(flow: string): string {
  const letters = [...flow];
  if (letters.length <= LONGEST) return flow;
  return `${letters.slice(0, LONGEST / 2).join('')}…${letters.slice(-LONGEST / 2 + 1).join('')}`;
}

/** Also what XML knows no character for must not break it. */
export function xmlText(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these have no place in XML 1.0
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;')
  );
}
