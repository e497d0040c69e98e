/** The last lines of a command's output, for its error. */
const MOST_LINES = 10;
const LONGEST_LINE = 2000;

export class LastLines {
  readonly #lines: string[] = [];

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Lines joined by `\n`, without the last one's end. */
  take(text: string): void {
    // Only the end can hold the last lines: a flood must not be split line by line.
    const end = text.slice(-MOST_LINES * LONGEST_LINE);
    for (const line of end.split('\n').slice(-MOST_LINES)) this.#lines.push(line.slice(0, LONGEST_LINE));
    this.#lines.splice(0, this.#lines.length - MOST_LINES);
  }
}
