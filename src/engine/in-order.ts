/** Work on many inputs, a few at once, with the results in the order of the inputs. */

/** Gives the results in the order of the inputs; a few are under way at once. */
export async function* inOrder<T, U>(
  inputs: readonly T[],
  atOnce: number,
  work: (input: T) => Promise<U>,
): AsyncGenerator<U> {
  const under: Promise<U>[] = [];
  const start = (input: T) => {
    const result = work(input);
    result.catch(() => {});
    under.push(result);
  };
  for (const input of inputs) {
    start(input);
    if (under.length === atOnce) yield await (under.shift() as Promise<U>);
  }
  for (const result of under) yield await result;
}
