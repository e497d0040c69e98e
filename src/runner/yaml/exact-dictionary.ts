/**
 * An object as expressions see it: all its entries, also those whose names differ by case alone. A name is looked up as it
 * is written; whatever its case, it is found only where nothing is called exactly so. The library's own one would drop
 * every entry after the first of such names, and those called as what every object of the language has.
 */
import { data } from '@actions/expressions';
import type { Pair } from '@actions/expressions/data/expressiondata';

/** Of the names that differ by case alone, the first answers to any other way of writing it. */
export class ExactDictionary extends data.Dictionary {
  readonly #entries = new Map<string, data.ExpressionData>();
  /** By names in small letters; made when one is asked for that is not there. */
  #folded: Map<string, data.ExpressionData> | null = null;

  override add(key: string, value: data.ExpressionData): void {
    if (this.#entries.has(key)) return;
    this.#entries.set(key, value);
    this.#folded = null;
  }

  override get(key: string): data.ExpressionData | undefined {
    return this.#entries.get(key) ?? this.#fold().get(key.toLowerCase());
  }

  override values(): data.ExpressionData[] {
    return [...this.#entries.values()];
  }

  override pairs(): Pair[] {
    return [...this.#entries].map(([key, value]) => ({ key, value }));
  }

  #fold(): ReadonlyMap<string, data.ExpressionData> {
    if (this.#folded !== null) return this.#folded;
    const folded = new Map<string, data.ExpressionData>();
    for (const [key, value] of this.#entries) {
      const name = key.toLowerCase();
      if (!folded.has(name)) folded.set(name, value);
    }
    this.#folded = folded;
    return folded;
  }
}
