/** A question before something is done, where somebody can answer it. */
import { createInterface } from 'node:readline/promises';

/** True without asking where nobody looks: a script means what it says. Ctrl-C and the end of input are no yes. */
export async function mayGoOn(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return true;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } catch {
    return false;
  } finally {
    lines.close();
  }
}
