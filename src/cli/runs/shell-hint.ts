/** Whether a flow file is likely to run shell commands: a hint for what to start ahead, wrong without harm. */
import { readFileSync } from 'node:fs';
import { isYamlFile } from '../../model/flow-file.ts';

export function mentionsShell(path: string): boolean {
  return isYamlFile(path) || /\bsh\s*[(`]/.test(readFileSync(path, 'utf8'));
}
