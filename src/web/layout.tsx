/** What every page has around its content: head, navigation, footer, the inline style and script. */
import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import { formatBytes } from '../model/bytes.ts';
import { KEYS_SCRIPT } from './keys-script.ts';
import { LIVE_SCRIPT } from './live-script.ts';
import { Notice } from './notice.tsx';
import { GlyphSymbols, type Hue } from './state-mark.tsx';
import { STYLE } from './style.ts';
import { type Clock, Time } from './time.tsx';

export interface PageFrame {
  readonly title: string;
  /** Which of the navigation's pages this is. */
  readonly active?: (typeof PAGES)[number]['page'];
  /** The run that a page is about: it need not hear of others. */
  readonly runId?: number;
  /** Something moves: without JavaScript the page loads itself again. */
  readonly isLive?: boolean;
  /** The colour of the tab's icon. */
  readonly mood?: Hue;
  /** Rules that only this page needs, beside the style sheet of all. */
  readonly style?: string;
  /** A script that only this page needs, after the one of all. */
  readonly script?: string;
  /** What its own script hears, or what does not concern it: for that the one of all need not fetch it again. */
  readonly isDeafTo?: 'lines' | 'everything';
  /** What the box in the header holds: the filter that this page shows. */
  readonly filter?: string;
  readonly content: Child;
  /** The word of what was just done here, as the address has it. */
  readonly done?: string | undefined;
  /** Of the page itself, with its query. */
  readonly address: string;
  readonly nonce: string;
  readonly version: string;
  readonly databaseSize: number;
  /** Single keys do something for this reader. */
  readonly hasKeys: boolean;
  /** This browser was asked for the token once. */
  readonly canLogOut: boolean;
  /** When this server began to serve. */
  readonly upSince: number;
  readonly clock: Clock;
}

/** What the header leads to, in the order in which people ask. */
const PAGES = [
  { page: 'overview', to: '/', word: 'Overview' },
  { page: 'runs', to: '/runs', word: 'Runs' },
  { page: 'flows', to: '/flows', word: 'Flows' },
  { page: 'schedule', to: '/schedule', word: 'Schedule' },
  { page: 'models', to: '/models', word: 'Models' },
  { page: 'queues', to: '/queues', word: 'Queue' },
] as const;

export function Layout(page: PageFrame) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <title>{page.title === 'Weir' ? 'Weir' : `${page.title} - Weir`}</title>
        <link rel="icon" href={icon(page.mood ?? 'idle')} />
        <style nonce={page.nonce}>{raw(STYLE + (page.style ?? '').replaceAll('\n', ''))}</style>
        {page.isLive ? (
          <noscript>
            <meta http-equiv="refresh" content="10" />
          </noscript>
        ) : null}
      </head>
      <body
        {...(page.runId === undefined ? {} : { 'data-run': page.runId })}
        {...(page.isDeafTo === undefined ? {} : { 'data-deaf': page.isDeafTo })}
      >
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <GlyphSymbols />
        <header>
          <a class="name" href="/">
            <Logo />
            Weir
          </a>
          <nav aria-label="Pages">
            {PAGES.map(({ page: name, to, word }) => (
              <a href={to} {...(name === page.active ? { 'aria-current': 'page' } : {})}>
                {word}
              </a>
            ))}
          </nav>
          <search>
            <form action="/runs">
              <input
                type="search"
                name="q"
                value={page.filter ?? ''}
                placeholder="flow:NAME state:failed since:7d"
                aria-label="Filter runs"
              />
            </form>
          </search>
        </header>
        <main id="main">
          <Notice done={page.done} />
          {page.content}
        </main>
        <footer>
          <span id="foot">
            Weir {page.version}, database {formatBytes(page.databaseSize)}, up since{' '}
            <Time at={page.upSince} clock={page.clock} />, times in {page.clock.zone}
          </span>
          <a href="/settings">Settings</a>
          <a href="/api/openapi.json">API</a>
          <a href="/keys">Keys</a>
          {page.canLogOut ? (
            <form method="post" action="/logout">
              <button type="submit">Log out</button>
            </form>
          ) : null}
          <span id="live">
            <a href={page.address}>Refresh</a>
          </span>
        </footer>
        <script nonce={page.nonce}>{raw(LIVE_SCRIPT + (page.hasKeys ? KEYS_SCRIPT : '') + (page.script ?? ''))}</script>
      </body>
    </html>
  );
}

/** A weir: water, a step, water. */
function Logo() {
  return (
    <svg
      width="20"
      height="20"
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      stroke-width="2.4"
      stroke-linecap="round"
      aria-hidden="true"
    >
      <path d="M1.5 6h5.2c3.6 0 3 8 6.6 8h5.2M1.5 11h3.2M1.5 16h7" />
    </svg>
  );
}

/** A data URL: no request, and the state of things shows in the row of tabs. */
function icon(mood: Hue): string {
  const colors = { ok: '128461', fail: 'ab1c06', run: '3977d4', warn: 'b7830f', idle: '636a77' };
  const shape = mood === 'fail' ? "<rect x='2' y='2' width='12' height='12' rx='2'" : "<circle cx='8' cy='8' r='6'";
  return `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>${shape} fill='%23${colors[mood]}'/></svg>`;
}
