/**
 * Groups that tools print into a log for GitHub (`::group::name`, `::endgroup::`) and GitLab (`section_start`,
 * `section_end`), found line by line, so that a page and a stream fold alike. Pure. Whatever is printed, no line is lost:
 * an end without a beginning is nothing, and lines of another task end what they interrupt.
 */
import { withoutCodes } from './terminal-style.ts';

/** What a line does to the groups; several at once where one section ends and the next begins. */
export type GroupMark =
  | { readonly kind: 'start'; readonly title: string; readonly section: string | null }
  | { readonly kind: 'end'; readonly section: string | null };

interface Marked {
  readonly marks: readonly GroupMark[];
  /** Something else stands in the line as well. */
  readonly hasText: boolean;
}

const ONLY_TEXT: Marked = { marks: [], hasText: true };

export function groupMarksOf(text: string): Marked {
  if (!text.includes('::') && !text.includes('##[') && !text.includes('section_')) return ONLY_TEXT;
  const plain = withoutCodes(text);
  const [, word, title = ''] = /^\s*(?:::|##\[)(group|endgroup)(?: [^:\]]*)?(?:::|\])(.*)$/s.exec(plain) ?? [];
  if (word === 'group')
    return { marks: [{ kind: 'start', title: title.trim() || 'group', section: null }], hasText: false };
  if (word === 'endgroup') return { marks: [{ kind: 'end', section: null }], hasText: false };
  return sectionsOf(plain);
}

/** `section_end:1560896353:build\rsection_start:1560896353:test[collapsed=true]\rRunning the tests`. */
function sectionsOf(plain: string): Marked {
  const found: { edge: string; section: string }[] = [];
  let rest = plain;
  while (found.length < DEEPEST) {
    const [all, edge = '', section = ''] =
      /^\s*section_(start|end):\d{1,15}:([\w.-]{1,200})(?:\[[^\]\r]{0,200}\])?(?:\r|$)/.exec(rest) ?? [];
    if (all === undefined) break;
    found.push({ edge, section });
    rest = rest.slice(all.length);
  }
  if (found.length === 0) return ONLY_TEXT;
  const title = rest.trim();
  const isTitled = found.at(-1)?.edge === 'start';
  const marks = found.map(
    ({ edge, section }, place): GroupMark =>
      edge === 'end'
        ? { kind: 'end', section }
        : { kind: 'start', section, title: (place === found.length - 1 && title) || section },
  );
  return { marks, hasText: !isTitled && title !== '' };
}

/** A step of folding: a group begins, ends (with the time it took, where that is known), or a line stands where it is. */
export type FoldStep<Line> =
  | { readonly kind: 'line'; readonly line: Line }
  | { readonly kind: 'open'; readonly line: Line; readonly title: string }
  | { readonly kind: 'close'; readonly tookMs: number | null };

interface Foldable {
  readonly at: number;
  readonly text: string;
}

/** More than any tool nests: what lies deeper stands in the innermost of them. */
const DEEPEST = 8;

interface OpenGroup {
  readonly section: string | null;
  readonly at: number;
}

export interface Folder<Line> {
  /** The steps of one more line; `owner` says whose it is. */
  take(line: Line, owner: string): FoldStep<Line>[];
}

export function createFolder<Line extends Foldable>(): Folder<Line> {
  let open: OpenGroup[] = [];
  let holder: string | null = null;

  function endOf({ section }: GroupMark, line: Line): FoldStep<Line>[] {
    const place = open.findLastIndex((group) => group.section === section);
    // Those inside of it that were never ended go with it.
    return place === -1
      ? []
      : open
          .splice(place)
          .map((group) => closed(group, line))
          .reverse();
  }

  function startOf(mark: GroupMark & { readonly kind: 'start' }, line: Line): FoldStep<Line>[] {
    const { section, title } = mark;
    // Groups of GitHub do not nest: the next one ends the last.
    const last = section === null && open.at(-1)?.section === null ? open.pop() : undefined;
    const ended = last === undefined ? [] : [closed(last, line)];
    if (open.length >= DEEPEST) return [...ended, { kind: 'line', line }];
    open.push({ section, at: line.at });
    return [...ended, { kind: 'open', line, title }];
  }

  return {
    take(line, owner) {
      const steps: FoldStep<Line>[] = [];
      if (open.length > 0 && holder !== owner) {
        for (const _ of open) steps.push({ kind: 'close', tookMs: null });
        open = [];
      }
      holder = owner;
      const { marks, hasText } = groupMarksOf(line.text);
      for (const mark of marks) steps.push(...(mark.kind === 'end' ? endOf(mark, line) : startOf(mark, line)));
      if (hasText) steps.push({ kind: 'line', line });
      return steps;
    },
  };
}

function closed(group: OpenGroup, line: Foldable): FoldStep<never> {
  return { kind: 'close', tookMs: Math.max(0, line.at - group.at) };
}
