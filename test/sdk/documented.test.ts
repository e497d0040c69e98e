/** Whatever a flow file can import explains itself in the editor: a sentence and an example for each function. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as sdk from '../../src/sdk/index.ts';

const FOLDERS = ['sdk', 'model'].map((name) => join(import.meta.dirname, '..', '..', 'src', name));
const SOURCES = FOLDERS.flatMap((folder) =>
  readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')),
);

/** What stands directly before a declaration. */
function commentOf(declaration: RegExp): string {
  for (const source of SOURCES) {
    const match = declaration.exec(source);
    const before = match === null ? '' : source.slice(0, match.index).trimEnd();
    if (before.endsWith('*/')) return before.slice(before.lastIndexOf('/**'));
  }
  return '';
}

const functions = Object.entries(sdk).filter(([, value]) => typeof value === 'function' && !isClass(value));
const objects = Object.entries(sdk).filter(([name, value]) => typeof value === 'object' && name !== 'z');
const methods = objects.flatMap(([name, value]) =>
  Object.keys(value as object).map((method) => [name, method] as const),
);

test.each(functions.map(([name]) => name))('%s has a sentence and an example', (name) => {
  const comment = commentOf(new RegExp(`^export (async )?(function|const) ${name}\\b`, 'm'));
  expect(comment).toMatch(/@example/);
  expect(comment.replace(/@example[\s\S]*/, '').replace(/[/*\s]/g, '').length).toBeGreaterThan(20);
});

test.each(methods.filter(([object]) => object !== 'log'))('%s.%s has a sentence and an example', (object, method) => {
  const start = SOURCES.find((source) => source.includes(`export const ${object} = Object.freeze({`)) ?? '';
  const match = new RegExp(`\\n {2}(async )?${method}[(<:]`).exec(start);
  const before = start.slice(0, match?.index ?? 0).trimEnd();
  expect(before.endsWith('*/')).toBe(true);
  const comment = before.slice(before.lastIndexOf('/**'));
  expect(comment).toMatch(/@example/);
  expect(comment.replace(/@example[\s\S]*/, '').replace(/[/*\s]/g, '').length).toBeGreaterThan(10);
});

test.each(['FlowOptions', 'TaskOptions', 'HookOptions', 'DeploymentOptions'])(
  'every option of %s has a sentence',
  (name) => {
    const source = SOURCES.find((text) => text.includes(`export interface ${name}`)) ?? '';
    const [body = ''] = /\{\n[\s\S]*?\n\}/.exec(source.slice(source.indexOf(`export interface ${name}`))) ?? [];
    const options = [...body.matchAll(/\n {2}(\w+)\?: /g)];
    expect(options.length).toBeGreaterThan(3);
    const bare = options.filter(({ index }) => !body.slice(0, index).trimEnd().endsWith('*/'));
    expect(bare.map(([, option]) => option)).toEqual([]);
  },
);

function isClass(value: unknown): boolean {
  return /^class\b/.test(String(value));
}
