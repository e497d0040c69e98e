/** Which package a file of node_modules belongs to, by the package.json of its folder. Never looks outside node_modules. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const IN_PACKAGE = /^(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))\//;

/** Name and version; null where nothing says them. The name is the one it is imported by, also where it is an alias. */
export function packageOf(url: string): readonly [string, string] | null {
  const [, folder, name] = IN_PACKAGE.exec(fileURLToPath(url)) ?? [];
  if (folder === undefined || name === undefined) return null;
  try {
    const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as { version?: unknown };
    return [name, typeof version === 'string' ? version : 'unknown'];
  } catch {
    return null;
  }
}
