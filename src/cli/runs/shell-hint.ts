/** Whether a flow file is likely to run shell commands: a hint for what to start ahead, wrong without harm. */
import { readFileSync } from 'node:fs';

export function mentionsShell(path: string): boolean {
  return /\.ya?ml$/.test(path) || /\bsh\s*[(`]/.test(readFileSync(path, 'utf8'));
}
