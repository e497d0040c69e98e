/**
 * Everything upstream of a task, once it has ended: as expressions see it, and as what tells one call from another. Made
 * once for a task, however many items it has. Pure.
 */
import { hashValue } from '../../model/identity.ts';
import { contentOf, type TaskEnd, traceOf, viewOf } from './task-end.ts';

export interface Upstream {
  /** What it needs directly. */
  readonly needs: readonly TaskEnd[];
  /** Of all that is upstream, what `${{ tasks.NAME }}` reaches. */
  readonly views: Readonly<Record<string, unknown>>;
  /** Hash of what it is handed on, whenever that was made. */
  readonly content: string;
  /** Hash of when what it needs was executed. */
  readonly trace: string;
  /** Where files lie that are handed on, and the hash of what is in them. */
  readonly files: ReadonlyMap<string, string>;
}

const views = new WeakMap<TaskEnd, unknown>();

/** `all` is everything upstream, `needs` what of it is needed directly. */
export function upstreamOf(needs: readonly TaskEnd[], all: readonly TaskEnd[]): Upstream {
  const files = all.flatMap(({ items }) => items.flatMap(({ result }) => Object.values(result?.files ?? {})));
  return {
    needs,
    views: Object.fromEntries(all.map((end) => [end.name, viewOnce(end)])),
    content: hashValue(needs.map(contentOf)) ?? '',
    trace: hashValue(needs.map(traceOf)) ?? '',
    files: new Map(files.map(({ path, sha256 }) => [path, sha256])),
  };
}

/** Of thousands of tasks in a row, each is upstream of all that follow. */
export function viewOnce(end: TaskEnd): unknown {
  const known = views.get(end) ?? viewOf(end);
  views.set(end, known);
  return known;
}
