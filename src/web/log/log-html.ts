/**
 * A window of a log as HTML: its lines with their groups folded. A group stands open when it tells of an error, when it
 * never ended, or when nothing else tells where a failed log failed; very long windows are cut into blocks that a
 * browser lays out only when they are seen.
 */
import { took } from '../time.tsx';
import { createFolder, type FoldStep } from './groups.ts';
import { attributes, type LineOptions, type LogLine, lineHtml, numberHtml, textHtml, who } from './log-line.ts';
import { parseCommand } from './tool-command.ts';

export interface WindowOptions extends LineOptions {
  /** Lines were picked out of the log: they stand as they are, with a gap between those that are no neighbours. */
  readonly isPicking?: boolean;
  /** What printed it has failed. */
  readonly hasFailed?: boolean;
}

/** Lines of a block that a browser may leave out of its layout; it takes 1.26rem a line where nothing else is said. */
const BLOCK_LINES = 200;
/** So many are laid out at once. */
const FEW_LINES = 3000;

type Part = string | Group;

interface Group {
  readonly line: LogLine;
  /** The line before it on the page. */
  readonly previous: LogLine | undefined;
  readonly title: string;
  readonly parts: Part[];
  isOpen: boolean;
  hasEnded: boolean;
  tookMs: number | null;
}

export function logHtml(lines: readonly LogLine[], options: WindowOptions): string {
  const parts = foldLines(lines, options);
  const groups = parts.filter((part): part is Group => typeof part !== 'string');
  if (options.hasFailed && !groups.some((group) => group.isOpen)) {
    const last = groups.at(-1);
    if (last !== undefined) last.isOpen = true;
  }
  return joined(parts, options, lines.length > FEW_LINES);
}

function foldLines(lines: readonly LogLine[], options: WindowOptions): Part[] {
  const folder = createFolder<LogLine>();
  const all: Part[] = [];
  const open: Group[] = [];
  let previous: LogLine | undefined;
  const put = (part: Part) => (open.at(-1)?.parts ?? all).push(part);
  const takeStep = (step: FoldStep<LogLine>) => {
    switch (step.kind) {
      case 'open': {
        const { line, title } = step;
        const group: Group = { line, previous, title, parts: [], isOpen: false, hasEnded: false, tookMs: null };
        put(group);
        open.push(group);
        return;
      }
      case 'close': {
        const group = open.pop();
        if (group !== undefined) Object.assign(group, { hasEnded: true, tookMs: step.tookMs });
        return;
      }
      case 'line':
        if (isTrouble(step.line)) openAll(open);
        put(lineHtml(step.line, options, previous));
    }
  };
  for (const line of lines) {
    if (options.isPicking) {
      if (previous !== undefined && !isNext(previous, line)) put('<hr>');
      takeStep({ kind: 'line', line });
    } else for (const step of folder.take(line, ownerOf(line))) takeStep(step);
    previous = line;
  }
  openAll(open);
  return all;
}

/** Lines of one owner in a row belong together. */
export function ownerOf({ runId, task, attempt }: LogLine): string {
  return `${runId ?? ''}/${attempt ?? ''}/${task ?? ''}`;
}

function openAll(groups: readonly Group[]): void {
  for (const group of groups) group.isOpen = true;
}

function isTrouble(line: LogLine): boolean {
  return line.level === 'error' || parseCommand(line.text)?.word === 'error';
}

function isNext(previous: LogLine, line: LogLine): boolean {
  return previous.runId === line.runId && previous.number + 1 === line.number;
}

function joined(parts: readonly Part[], options: WindowOptions, isLong: boolean): string {
  const htmls = parts.map((part) => (typeof part === 'string' ? part : groupHtml(part, options, isLong)));
  if (!isLong) return htmls.join('');
  const blocks: string[] = [];
  for (let first = 0; first < htmls.length; first += BLOCK_LINES) {
    const some = htmls.slice(first, first + BLOCK_LINES);
    const height = some.length === BLOCK_LINES ? '' : ` style="--n:${some.length}"`;
    blocks.push(`<div class="b"${height}>${some.join('')}</div>`);
  }
  return blocks.join('');
}

function groupHtml(group: Group, options: WindowOptions, isLong: boolean): string {
  const { line, previous, title, parts, isOpen, hasEnded, tookMs } = group;
  const more = tookHtml(tookMs);
  const name = `<b>${textHtml(line, options, title)}</b>`;
  // What has not ended goes on where a stream brings more.
  const ending = hasEnded ? '' : ' data-on';
  return `<details${isOpen ? ' open' : ''}${ending}><summary${attributes(line, options)}>${numberHtml(line, options, false)}${who(line, previous)}${name}${more}</summary>${joined(parts, options, isLong)}</details>`;
}

/** Nobody waits for less. */
const SHORTEST_MS = 100;

function tookHtml(tookMs: number | null): string {
  return tookMs === null || tookMs < SHORTEST_MS ? '' : ` <i>${took(tookMs)}</i>`;
}

/** The same for lines that come one after another: what a page does with them is said in attributes of theirs. */
export function createStreamHtml(options: LineOptions): { take(line: LogLine): string } {
  const folder = createFolder<LogLine>();
  let previous: LogLine | undefined;
  return {
    take(line) {
      const steps = folder.take(line, ownerOf(line));
      const html = steps.map((step) => {
        if (step.kind === 'close') return `<div data-close>${tookHtml(step.tookMs)}</div>`;
        if (step.kind === 'line') return lineHtml(step.line, options, previous);
        return groupHtml(
          { line, previous, title: step.title, parts: [], isOpen: true, hasEnded: false, tookMs: null },
          options,
          false,
        );
      });
      previous = line;
      // The end of a group that began before this stream did.
      return html.length === 0 ? '<div data-close></div>' : html.join('');
    },
  };
}
