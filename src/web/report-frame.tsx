/** A page as one file to attach to a ticket: style and pictures inside, no script, nothing to press, links to where it came from. */
import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import { GlyphSymbols } from './state-mark.tsx';
import { STYLE } from './style.ts';
import { type Clock, Time } from './time.tsx';

interface ReportFrame {
  readonly title: string;
  readonly style: string;
  /** Of the page that it was made from. */
  readonly source: string;
  readonly version: string;
  readonly clock: Clock;
  readonly content: Child;
}

/** Wherever it is opened, it loads nothing. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

export function ReportFrame({ title, style, source, version, clock, content }: ReportFrame) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta http-equiv="content-security-policy" content={POLICY} />
        <title>{title}</title>
        <style>{raw((STYLE + style).replaceAll('\n', ''))}</style>
      </head>
      <body>
        <GlyphSymbols />
        <main>{content}</main>
        <footer>
          <span>
            Made by Weir {version} on <Time at={clock.now} clock={clock} withZone /> from <a href={source}>{source}</a>,
            times in {clock.zone}
          </span>
        </footer>
      </body>
    </html>
  );
}
