import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAllowed, loadMarkdown } from '../../../src/http/pages/run/markdown.ts';
import { appWorld } from '../world.ts';

const PICTURE = '<svg xmlns="http://www.w3.org/2000/svg"/>';
const NOTE = { kind: 'markdown', mediaType: 'text/markdown' } as const;

describe('the artifacts of a run', () => {
  it('have their size, their hash, and the way to the same of the runs before and after', async () => {
    const world = appWorld();
    const [a, b, c] = world.seedMany(
      ['one', 'two', 'three'].map((text) => ({ artifacts: [{ key: 'report', ...NOTE, text }] })),
    );
    const page = await world.text(`/runs/${b}`);
    const ids = [a, c].map((run) => world.store.runArtifacts.ofRun(run ?? 0, 1)[0]?.id);
    expect(page).toContain(`href="/runs/${a}#a${ids[0]}" aria-label="report in run ${a}"`);
    expect(page).toContain(`href="/runs/${c}#a${ids[1]}" aria-label="report in run ${c}"`);
    expect(page).toContain(`title="sha256 ${createHash('sha256').update('two').digest('hex')}"`);
    expect(page).toContain('aria-label="3 bytes, download report">3 bytes</a>');
  });

  it('show Markdown with headings below those of the page, tables, and links that can be seen', async () => {
    const world = appWorld();
    const text = [
      '# Week 7',
      '## Candidates',
      '| name | rmse |\n|---|--:|\n| ridge | 1.9 |',
      '[docs](https://example.org/a?b=1&c=2) [mail](mailto:a@b.c) [chart](chart) [bad](javascript:alert(1))',
      '![a chart](chart) ![elsewhere](https://example.org/pixel.png)',
    ].join('\n\n');
    const id = world.seed({
      artifacts: [
        { key: 'note', ...NOTE, text },
        { key: 'chart', kind: 'image', mediaType: 'image/svg+xml', text: PICTURE },
      ],
    });
    const page = await world.text(`/runs/${id}`);
    expect(page).toContain('<h4>Week 7</h4>');
    expect(page).toContain('<h5>Candidates</h5>');
    expect(page).toContain('<td style="text-align:right">1.9</td>');
    expect(page).toContain('<a href="https://example.org/a?b=1&amp;c=2" rel="noopener noreferrer">docs</a>');
    expect(page).toContain('<a href="mailto:a@b.c"');
    expect(page).toContain(`<a href="/runs/${id}/artifacts/chart" rel="noopener noreferrer">chart</a>`);
    expect(page).toContain(`<img src="/runs/${id}/artifacts/chart" alt="a chart">`);
    expect(page).not.toContain('pixel.png');
    expect(page).not.toMatch(/href="javascript/);
  });

  it('never become markup of the page: scripts, handlers, styles and schemes in Markdown stay text', async () => {
    const world = appWorld();
    const attacks = [
      '<script>alert(1)</script>',
      '<img src=x onerror=alert(1)>',
      '<iframe src="https://evil.example"></iframe>',
      '[x](javascript:alert(1))',
      '[x](JaVaScRiPt:alert(1))',
      '[x](java\nscript:alert(1))',
      '[x](&#106;avascript:alert(1))',
      '[x](data:text/html;base64,PHNjcmlwdD4=)',
      '[x](vbscript:x)',
      '[x](//evil.example/)',
      '[x](\\\\evil.example)',
      '![x](javascript:alert(1))',
      '![" onerror="alert(1)](chart)',
      '[a" onclick="alert(1)](https://x.example/"onclick="alert(1))',
      '<https://x.example/"onmouseover="alert(1)>',
      '[r]: javascript:alert(1)\n\n[r]',
      '```"><script>alert(1)</script>\ncode\n```',
      '| a"><script> |\n|---|\n| <svg onload=alert(1)> |',
    ];
    const id = world.seed({
      artifacts: [
        { key: 'note', ...NOTE, text: attacks.join('\n\n') },
        { key: 'chart', kind: 'image', mediaType: 'image/svg+xml', text: PICTURE },
      ],
    });
    const page = await world.text(`/runs/${id}`);
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toMatch(/<iframe|<img src=x|<svg onload/);
    // Handlers only ever stand inside of a value, whose quotes are escaped.
    expect(page).not.toMatch(/<[a-z]+(?:\s+[\w-]+(?:="[^"]*")?)*\s+on\w+=/i);
    expect(page).not.toMatch(/(?:href|src)="(?:javascript|vbscript|data:text|\/\/|\\)/i);
  });

  it('of Markdown render to elements of the renderer alone, whatever was written', async () => {
    const markdown = (await loadMarkdown())({ runId: 1, keys: new Set(), pictures: new Set() });
    const pieces = fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '[',
      ']',
      '(',
      ')',
      '!',
      '`',
      '#',
      '|',
      '-',
      '\n',
      '&',
      'a',
      ':',
      '\\',
      'javascript:',
      '<script>',
      'on=',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        const tags = [...markdown(parts.join('')).matchAll(/<\/?([a-z0-9]+)/gi)].map((match) => match[1]);
        for (const tag of tags) expect(KNOWN).toContain(tag);
      }),
    );
  });

  it.each([
    ['https://a.example', true],
    ['HTTP://a.example', true],
    ['mailto:a@b', true],
    ['chart.svg', true],
    ['/runs/3', true],
    ['#part', true],
    ['?q=a:b', true],
    ['javascript:x', false],
    ['java\tscript:x', false],
    [' javascript:x', false],
    ['data:image/png;base64,AA', false],
    ['//evil.example', false],
    ['/\\evil.example', false],
    ['file:///etc/passwd', false],
  ])('lead to %j: %s', (url, expected) => {
    expect(isAllowed(url)).toBe(expected);
  });

  it('keep the page small: a large table, a long text and hundreds of files are shown in part', async () => {
    const world = appWorld();
    const rows = Array.from({ length: 3000 }, (_, index) => ({ index, text: 'x'.repeat(200) }));
    const id = world.seed({
      artifacts: [
        { key: 'table', kind: 'table', mediaType: 'application/json', text: JSON.stringify(rows) },
        { key: 'text', ...NOTE, text: '*word* '.repeat(50_000) },
        ...Array.from({ length: 300 }, (_, index) => ({ key: `file-${index}`, text: 'x' })),
      ],
    });
    const page = await world.text(`/runs/${id}`);
    expect(page).toMatch(/and 29\d\d more rows/);
    expect(page).toContain(`20 of 302; all of them: weir artifact ls ${id}`);
    expect(Buffer.byteLength(page)).toBeLessThan(50 * 1024);
  });
});

const KNOWN = [
  'p',
  'h3',
  'h4',
  'h5',
  'h6',
  'ul',
  'ol',
  'li',
  'pre',
  'code',
  'em',
  'strong',
  'a',
  'br',
  'hr',
  'blockquote',
  'table',
  'thead',
  'tbody',
  'tr',
  'th',
  'td',
  's',
];
