/** A random forest: many trees, each grown on a random sample of the rows, and their mean as the forecast. */
import { mean, type Row, round, type Table } from './features.ts';

export interface Forest {
  kind: 'forest';
  features: string[];
  trees: Tree[];
}

/** A leaf is its forecast; a branch asks whether one feature is at most a threshold. */
export type Tree = number | { feature: number; atMost: number; yes: Tree; no: Tree };

export interface ForestOptions {
  trees: number;
  depth: number;
  /** No leaf is left with fewer rows. */
  leaf: number;
  /** The same seed grows the same forest. */
  seed: number;
}

const THRESHOLDS = 10;

/** Grows the trees one after the other; `onTree` hears how many are done. */
export function fitForest(table: Table, options: ForestOptions, onTree?: (done: number) => void): Forest {
  const random = seeded(options.seed);
  const { features, rows } = table;
  const trees: Tree[] = [];
  while (trees.length < options.trees) {
    const sample = rows.map(() => rows[Math.floor(random() * rows.length)] as Row);
    trees.push(grow(sample, options.depth, features.length, options.leaf, random));
    onTree?.(trees.length);
  }
  return { kind: 'forest', features, trees };
}

export function predictForest(model: Forest, x: number[]): number {
  return mean(model.trees.map((tree) => follow(tree, x)));
}

function follow(tree: Tree, x: number[]): number {
  if (typeof tree === 'number') return tree;
  return follow((x[tree.feature] as number) <= tree.atMost ? tree.yes : tree.no, x);
}

function grow(rows: Row[], depth: number, features: number, leaf: number, random: () => number): Tree {
  const split = depth > 0 ? bestSplit(rows, features, leaf, random) : null;
  if (split === null) return round(mean(rows.map((row) => row.y)), 3);
  const { feature, atMost } = split;
  const yes = rows.filter((row) => (row.x[feature] as number) <= atMost);
  const no = rows.filter((row) => (row.x[feature] as number) > atMost);
  return {
    feature,
    atMost,
    yes: grow(yes, depth - 1, features, leaf, random),
    no: grow(no, depth - 1, features, leaf, random),
  };
}

/**
 * Of a random third of the features, and a few thresholds of each, the split with the least squared error. Trying every
 * threshold would take ten times as long, and the forest would be no better: its trees are meant to differ.
 */
function bestSplit(rows: Row[], features: number, leaf: number, random: () => number) {
  const total = rows.reduce((sum, row) => sum + row.y, 0);
  let best: { feature: number; atMost: number } | null = null;
  // The least error is the largest sum of (sum of y)² / count over both sides. Without a split that sum is:
  let bestGain = total ** 2 / rows.length + 1e-9;
  for (const feature of pick(Math.ceil(features / 3), features, random)) {
    for (let i = 0; i < THRESHOLDS; i++) {
      const atMost = rows[Math.floor(random() * rows.length)]?.x[feature] as number;
      let count = 0;
      let sum = 0;
      for (const row of rows) {
        if ((row.x[feature] as number) > atMost) continue;
        count += 1;
        sum += row.y;
      }
      if (count < leaf || rows.length - count < leaf) continue;
      const gain = sum ** 2 / count + (total - sum) ** 2 / (rows.length - count);
      if (gain > bestGain) {
        bestGain = gain;
        best = { feature, atMost };
      }
    }
  }
  return best;
}

/** Some of 0 .. of-1, each at most once. */
function pick(some: number, of: number, random: () => number): number[] {
  const left = Array.from({ length: of }, (_, i) => i);
  return Array.from({ length: some }, () => left.splice(Math.floor(random() * left.length), 1)[0] as number);
}

/** Numbers from 0 to 1 that look random and are the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
