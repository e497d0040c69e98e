/**
 * The tasks of a run as a graph, left to right. Each node leads to the row of its task in the table below, which says the
 * same in words. All edges are one path; the chain that the end waited for is a second, thicker one.
 */
import type { StateName } from '../../model/state.ts';
import { lookOf } from '../state-mark.tsx';

export interface GraphView {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly NodeView[];
  readonly edges: readonly EdgeView[];
  /** Tasks that are drawn, alone or folded. */
  readonly taskCount: number;
}

export interface NodeView {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly title: string;
  /** Where the title is shortened: all of it. */
  readonly fullTitle: string | null;
  /** Shape and colour. */
  readonly state: StateName;
  /** The state in words, with how long it took. */
  readonly words: string;
  readonly href: string;
  readonly isCritical: boolean;
  readonly isSkipped: boolean;
  /** It stands for several calls, or for a run of its own. */
  readonly isStack: boolean;
}

export interface EdgeView {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly isCritical: boolean;
  /** It only came after. */
  readonly isOrder: boolean;
}

export const NODE_HEIGHT = 42;
const LONGEST_TITLE = 30;
/** Of the system's sans serif at the sizes below, on the safe side. */
const TITLE_CHARACTER = 7.3;
const WORDS_CHARACTER = 6.7;
const ROOM_FOR_GLYPH = 40;

/** What goes into a node, and how wide it is with that. */
export function nodeSize(title: string, words: string): { title: string; width: number } {
  const shown = title.length > LONGEST_TITLE ? `${title.slice(0, LONGEST_TITLE - 1)}…` : title;
  const text = Math.max(shown.length * TITLE_CHARACTER, words.length * WORDS_CHARACTER);
  return { title: shown, width: Math.round(text + ROOM_FOR_GLYPH) };
}

export function Graph({ graph }: { graph: GraphView }) {
  const { width, height, nodes, edges } = graph;
  return (
    <div class="wide graph">
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        style={`--w:${width}px`}
        fill="none"
        aria-label="Graph of the tasks"
      >
        <path d={pathOf(edges.filter((edge) => !edge.isOrder))} />
        <path class="crit" d={pathOf(edges.filter((edge) => edge.isCritical))} />
        {edges.some((edge) => edge.isOrder) ? (
          <path class="after" d={pathOf(edges.filter((edge) => edge.isOrder))} />
        ) : null}
        {nodes.map((node) => (
          <Node node={node} />
        ))}
      </svg>
    </div>
  );
}

function pathOf(edges: readonly EdgeView[]): string {
  return edges.map(edgePath).join('');
}

function Node({ node }: { node: NodeView }) {
  const { x, y, width, title, fullTitle, state, words, href, isCritical, isSkipped, isStack } = node;
  const { glyph, hue } = lookOf(state);
  const kind = [isCritical ? 'crit' : '', isSkipped ? 'skip' : ''].filter(Boolean).join(' ');
  return (
    <a href={href} transform={`translate(${x} ${y})`} {...(kind === '' ? {} : { class: kind })}>
      {fullTitle === null ? null : <title>{fullTitle}</title>}
      {isStack ? <path d={`M4 ${NODE_HEIGHT + 3}h${width - 5}q4 0 4 -4V4`} /> : null}
      <rect width={width} height={NODE_HEIGHT} rx="4" />
      <use href={`#${glyph}`} class={`g ${hue}`} x="9" y="7" width="13" height="13" />
      <text x="29" y="18">
        {title}
      </text>
      <text x="29" y="33" class="sub">
        {words}
      </text>
    </a>
  );
}

/** Leaves level and arrives level. */
function edgePath({ points }: EdgeView): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  let [x, y] = [first.x, first.y];
  let path = `M${x} ${y}`;
  for (const next of rest) {
    const middle = Math.round((x + next.x) / 2);
    path += next.y === y ? `H${next.x}` : `C${middle} ${y} ${middle} ${next.y} ${next.x} ${next.y}`;
    [x, y] = [next.x, next.y];
  }
  return path;
}
