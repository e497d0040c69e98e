/** Who may import whom: arrows go down only, folders of equal height do not know each other, nothing goes round in circles. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const SRC = join(import.meta.dirname, '..', 'src');

/** What each folder (or file at the top) may import besides itself. Packages are named where not everybody may. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  model: ['croner', 'cronstrue', 'node:crypto', 'rrule-temporal', 'rrule-temporal/totext'],
  'assets.ts': ['model', 'node:*'],
  'config.ts': ['model', 'node:*'],
  'config-file.ts': ['config.ts', 'model', 'yaml', 'node:*'],
  'crash-points.ts': [],
  sdk: ['model', 'node:*', 'zod', '@standard-schema/spec'],
  store: ['crash-points.ts', 'model', 'assets.ts', 'better-sqlite3', 'node:*'],
  web: ['model', 'assets.ts', 'ansi_up', 'hono/*', 'd3-array'],
  runner: [
    'crash-points.ts',
    'sdk',
    'model',
    'node:*',
    '@standard-schema/spec',
    'yaml',
    '@actions/expressions',
    '@actions/expressions/*',
  ],
  spawner: ['model', 'node:*'],
  pool: ['model', 'assets.ts', 'spawner', 'node:*'],
  engine: ['crash-points.ts', 'pool', 'store', 'model', 'assets.ts', 'config.ts', 'node:*'],
  http: [
    'engine',
    'store',
    'web',
    'model',
    'assets.ts',
    'config.ts',
    'hono',
    'hono/*',
    '@hono/*',
    '@dagrejs/dagre',
    'd3-array',
    'diff',
    'markdown-it',
    'zod',
    'diff',
    'node:*',
  ],
  cli: [
    'engine',
    'pool',
    'store',
    'http',
    'runner',
    'model',
    'assets.ts',
    'config.ts',
    'config-file.ts',
    'commander',
    'yaml',
    'log-update',
    'string-width',
    'node:*',
  ],
  'parts.ts': ['assets.ts', 'cli', 'spawner', 'node:*'],
  'main.ts': ['parts.ts', 'cli', 'runner', 'assets.ts', 'node:*'],
  templates: ['weir', 'node:*'],
};

interface Import {
  readonly file: string;
  readonly room: string;
  readonly specifier: string;
  /** Erased before anything runs: it ties no knots. */
  readonly isTypeOnly: boolean;
  /** The room it leads to, or the package's name. */
  readonly target: string;
}

const imports = sourceFiles(SRC).flatMap(importsOf);

test('every folder imports only what lies below it', () => {
  const strangers = imports.filter(({ room, target }) => room !== target && !isAllowed(room, target));
  expect(strangers.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
});

test('every folder has its place in the table', () => {
  const rooms = new Set(sourceFiles(SRC).map(roomOf));
  expect([...rooms].filter((room) => !(room in MAY_IMPORT))).toEqual([]);
});

test('no two files import each other in a circle', () => {
  const graph = new Map<string, string[]>();
  for (const { file, specifier, isTypeOnly } of imports) {
    if (isTypeOnly || !specifier.startsWith('.')) continue;
    graph.set(file, [...(graph.get(file) ?? []), relative(SRC, join(SRC, dirname(file), specifier))]);
  }
  expect(findCircle(graph)).toBeNull();
});

test('SQL stands only in store and migrations', () => {
  const statement = /\b(insert into|delete from|update \w+\s+set|select [\w\s.,*()]+ from)\b/i;
  const strangers = sourceFiles(SRC)
    .filter((file) => !['store', 'templates'].includes(roomOf(file)))
    .filter((file) => statement.test(withoutComments(readFileSync(join(SRC, file), 'utf8'))));
  expect(strangers).toEqual([]);
});

test('what runs inside a host imports by import-module.ts alone', () => {
  const strangers = sourceFiles(SRC)
    .filter((file) => ['runner', 'sdk'].includes(roomOf(file)) && file !== 'runner/import-module.ts')
    .filter((file) => /\bimport\((?!['"])/.test(withoutComments(readFileSync(join(SRC, file), 'utf8'))));
  expect(strangers).toEqual([]);
});

test('the clock is read only where everything is put together, in hosts, and at the edges', () => {
  const allowed = /^(engine\/engine\.ts|runner\/|pool\/execution\.ts|spawner\/|pool\/|cli\/|http\/|main\.ts)/;
  const strangers = sourceFiles(SRC)
    .filter((file) => !allowed.test(file) && roomOf(file) !== 'templates')
    .filter((file) =>
      /Date\.now\(\)|Math\.random\(\)|new Date\(\)/.test(withoutComments(readFileSync(join(SRC, file), 'utf8'))),
    );
  expect(strangers).toEqual([]);
});

function isAllowed(room: string, target: string): boolean {
  return (MAY_IMPORT[room] ?? []).some((allowed) =>
    allowed.endsWith('*') ? target.startsWith(allowed.slice(0, -1)) : target === allowed,
  );
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(SRC, join(entry.parentPath, entry.name)));
}

function importsOf(file: string): Import[] {
  const text = withoutComments(readFileSync(join(SRC, file), 'utf8'));
  const specifiers = [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
    ),
  ];
  return specifiers.map((match) => {
    const specifier = (match[1] ?? match[2]) as string;
    const target = specifier.startsWith('.') ? roomOf(relative(SRC, join(SRC, dirname(file), specifier))) : specifier;
    const isTypeOnly = /^\s*(import|export)\s+type\b/.test(match[0]);
    return { file, room: roomOf(file), specifier, isTypeOnly, target };
  });
}

function roomOf(file: string): string {
  return file.split('/')[0] as string;
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

function findCircle(graph: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    path.push(file);
    for (const next of graph.get(file) ?? []) {
      const circle = visit(next);
      if (circle !== null) return circle;
    }
    path.pop();
    done.add(file);
    return null;
  };
  for (const file of graph.keys()) {
    const circle = visit(file);
    if (circle !== null) return circle;
  }
  return null;
}
