/** What README.md names is there: files, folders, commands with their flags, scripts, switches, and what flows import. */
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addGlobalFlags, createAdd } from '../src/cli/declarations/declare.ts';
import { GROUPS } from '../src/cli/declarations/groups.ts';
import { createProgram } from '../src/cli/declarations/help.ts';
import { yamlModule } from '../src/runner/yaml/module.ts';
import * as sdk from '../src/sdk/index.ts';
import { root } from './support/prepare.mjs';

const README = readFileSync(join(root, 'README.md'), 'utf8');
/** Words in backquotes, and lines of blocks. */
const CODE = [...README.matchAll(/`([^`\n]+)`/g), ...README.matchAll(/^((?:weir|npm) .*?)(?: {2,}#.*)?$/gm)].map(
  (match) => match[1] as string,
);

test('every file and folder that the README names is there, and no folder of src is missing in it', () => {
  const named = CODE.filter((text) => /^(src|test|migrations)(\/[\w.*-]+)*$/.test(text));
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter((path) => globSync(path, { cwd: root }).length === 0)).toEqual([]);
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map((entry) => `src/${entry.name}`).filter((folder) => !named.includes(folder))).toEqual([]);
});

test('every command that the README shows is one, with the flags that it shows', () => {
  const program = createProgram('1.2.3');
  addGlobalFlags(program);
  const add = createAdd(() => {});
  for (const declare of GROUPS) declare(program, add);
  const shown = CODE.filter((text) => text.startsWith('weir ')).map((text) => text.split(/\s+/).slice(1));
  expect(shown.length).toBeGreaterThan(20);
  for (const [first, second, ...rest] of shown) {
    if (first === 'help') continue;
    const command = program.commands.find((each) => each.name() === first);
    expect(command?.name(), `weir ${first}`).toBe(first);
    const inner = command?.commands.find((each) => each.name() === second);
    if (command !== undefined && command.commands.length > 0 && second !== undefined)
      expect(inner?.name(), `weir ${first} ${second}`).toBe(second);
    const known = [...((inner ?? command)?.options ?? []), ...program.options].flatMap(({ short, long }) => [
      short,
      long,
    ]);
    const flags = [second, ...rest].filter((word) => word?.startsWith('-'));
    expect(flags.filter((flag) => !known.includes(flag))).toEqual([]);
  }
});

test('every script and switch that the README names is read somewhere', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
  const run = CODE.flatMap((text) => /\bnpm (?:run )?([a-z]+)/.exec(text)?.[1] ?? []);
  expect(run.filter((script) => !(script in scripts))).toEqual([]);
  const sources = globSync(['src/**/*.ts', 'test/**/*.{ts,mjs}', 'build.mjs'], { cwd: root })
    .filter((path) => path !== 'test/readme.test.ts')
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n');
  const switches = [...new Set(README.match(/\bWEIR_[A-Z_]+/g))];
  expect(switches.filter((name) => !sources.includes(name))).toEqual([]);
});

test('every flow of YAML in the README is one', () => {
  const flows = [...README.matchAll(/^```yaml\n(.*?)^```/gms)].map((match) => match[1] as string);
  expect(flows).not.toEqual([]);
  for (const text of flows) expect(yamlModule.parseYamlFlow(text, { path: '/readme.yaml' }).problems).toEqual([]);
});

test('every name that the README imports from weir is exported', () => {
  const imported = [...README.matchAll(/import \{ (.+) \} from 'weir'/g)].flatMap(
    (match) => match[1]?.split(', ') ?? [],
  );
  expect(imported).not.toEqual([]);
  expect(imported.filter((name) => !(name in sdk))).toEqual([]);
});
