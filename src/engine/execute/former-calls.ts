/**
 * Task rows of earlier attempts that the attempt under way has not called yet: finds the one that a call without its
 * equal takes the place of, to go on in its row, or to say what changed. Every look is quick, also among ten thousand.
 */
import type { TaskCall } from '../../model/report.ts';
import type { TaskDraft } from './active-run.ts';

/** Rows of one task in one scope. */
interface Namesakes {
  readonly rows: Set<TaskDraft>;
  /** Those that no equal call could be served from: they failed, were skipped, never finished, or are to run again. */
  readonly open: Set<TaskDraft>;
  readonly byInputs: Map<string, TaskDraft>;
  readonly byPosition: Map<number, TaskDraft>;
}

export class FormerCalls {
  readonly #byName = new Map<string, Namesakes>();
  /** Where a task goes on under another identity, what it calls is looked for under the former one. */
  readonly #formerScopes = new Map<string, string>();

  constructor(rows: readonly TaskDraft[]) {
    for (const row of rows) {
      const key = nameKey(row.scope, row.name);
      const namesakes = this.#byName.get(key) ?? emptyNamesakes();
      this.#byName.set(key, namesakes);
      namesakes.rows.add(row);
      namesakes.byInputs.set(inputsKey(row), row);
      namesakes.byPosition.set(row.position, row);
      if (isOpen(row)) namesakes.open.add(row);
    }
  }

  /** It has been called: nothing else takes its place. */
  remove(row: TaskDraft): void {
    const namesakes = this.#byName.get(nameKey(row.scope, row.name));
    namesakes?.rows.delete(row);
    namesakes?.open.delete(row);
  }

  /** What the call is to be compared with: the same inputs first, then the same place in the flow. */
  closestTo(call: TaskCall): TaskDraft | undefined {
    const namesakes = this.#namesakesOf(call);
    return namesakes && (atSamePlace(namesakes, call) ?? first(namesakes.rows));
  }

  /** The row that goes on as this call; a finished one keeps its result for whoever may ask for it. */
  adoptable(call: TaskCall): TaskDraft | undefined {
    const namesakes = this.#namesakesOf(call);
    if (namesakes === undefined) return undefined;
    const { rows, open } = namesakes;
    // Where a finished one stood, nothing is to be taken from its neighbours.
    const same = atSamePlace(namesakes, call);
    if (same !== undefined) return open.has(same) ? same : undefined;
    const other = first(open);
    if (other === undefined) return undefined;
    // One of the same code may yet be called with the very inputs that it had.
    const isForsaken = other.codeHash !== call.codeHash || other.state.name === 'UpstreamFailed' || rows.size === 1;
    return isForsaken ? other : undefined;
  }

  /** From now on, calls inside the one are compared with those inside the other. */
  replace(identity: string, former: string): void {
    if (identity !== former) this.#formerScopes.set(identity, this.#formerScopes.get(former) ?? former);
  }

  #namesakesOf(call: TaskCall): Namesakes | undefined {
    return this.#byName.get(nameKey(this.#formerScopes.get(call.scope) ?? call.scope, call.name));
  }
}

function atSamePlace({ rows, byInputs, byPosition }: Namesakes, call: TaskCall): TaskDraft | undefined {
  const withInputs = call.inputHash === null ? undefined : byInputs.get(inputsKey(call));
  return [withInputs, byPosition.get(call.position)].find((row) => row !== undefined && rows.has(row));
}

function isOpen(row: TaskDraft): boolean {
  return row.again !== null || row.state.type !== 'COMPLETED';
}

function emptyNamesakes(): Namesakes {
  return { rows: new Set(), open: new Set(), byInputs: new Map(), byPosition: new Map() };
}

function first<T>(set: ReadonlySet<T>): T | undefined {
  return set.values().next().value;
}

function nameKey(scope: string, name: string): string {
  return `${scope}\0${name}`;
}

function inputsKey({ inputHash, ...call }: { inputHash: string | null; callIndex?: number; index?: number }): string {
  return `${inputHash}\0${call.callIndex ?? call.index}`;
}
