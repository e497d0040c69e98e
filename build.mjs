/**
 * Makes dist/weir, the one executable, from src: bundles by esbuild, assets beside them, @yao-pkg/pkg in SEA mode.
 *
 *   node build.mjs            the executable (and everything below)
 *   node build.mjs assets     only what the executable carries, in dist/assets: what tests of sources need
 *   node build.mjs crash-points
 *                             dist/weir-crash, which kills itself where it is told to (src/crash-points.ts), with all
 *                             else from dist/assets as it lies there
 *
 * Must not fetch anything: Node, the SQLite addon and all else come from node_modules.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants as zlib } from 'node:zlib';
import SqliteDatabase from 'better-sqlite3';
import * as esbuild from 'esbuild';
import { bundleParts } from './src/parts-bundle.mjs';
import { keepCode, V8_FLAGS } from './src/parts-compile.mjs';

const root = dirname(fileURLToPath(import.meta.url));
const goal = process.argv[2] ?? 'executable';
const hasCrashPoints = goal === 'crash-points';
const out = join(root, 'dist');
const assets = join(out, hasCrashPoints ? 'crash-assets' : 'assets');
const mainScript = join(out, hasCrashPoints ? 'main-crash.cjs' : 'main.cjs');
const require = createRequire(import.meta.url);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** What the runner must never hold: it knows nothing of the database, of HTTP, or of the engine. */
const FORBIDDEN_IN_RUNNER = [
  /^src\/(store|engine|http|web|cli|pool)\//,
  /node_modules\/better-sqlite3\//,
  /node_modules\/hono\//,
];

await main();

async function main() {
  mkdirSync(assets, { recursive: true });
  if (hasCrashPoints) {
    cpSync(join(out, 'assets'), assets, { recursive: true });
    await Promise.all([bundleMain(), bundleScripts(), bundleRunner()]);
    writeMigrations();
    writeEmptyDatabase();
    return buildExecutable('weir-crash');
  }
  await Promise.all([bundleMain(), bundleScripts(), bundleRunner(), bundleYaml(), bundleZod()]);
  writeMigrations();
  writeEmptyDatabase();
  writeTemplates();
  writeTypes();
  cpSync(sqliteAddon(), join(assets, 'sqlite.node'));
  if (goal !== 'executable') return;
  await keepCode(strippedNode(), mainScript, assets);
  await buildExecutable('weir');
}

async function bundle(options) {
  const result = await esbuild.build({
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node26',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    define: {
      __WEIR_CRASH_POINTS__: String(hasCrashPoints),
      __WEIR_VERSION__: JSON.stringify(version),
      __WEIR_SQLITE_HASH__: JSON.stringify(sha256(readFileSync(sqliteAddon())).slice(0, 16)),
      'import.meta.dirname': '__dirname',
      'import.meta.filename': '__filename',
    },
    ...options,
  });
  return Object.keys(result.metafile.inputs);
}

/** What every start of the executable reads: next to nothing. */
async function bundleMain() {
  await bundle({ entryPoints: ['src/main.ts'], outfile: mainScript, format: 'cjs' });
}

/** What it loads by its role and by what it is asked (src/parts.ts). */
async function bundleScripts() {
  await bundlePart('spawner', { entryPoints: ['src/spawner/spawner.ts'] });
  await bundleParts(bundlePart, root);
}

/** A function that is told what it has of a module. */
async function bundlePart(name, options) {
  // What V8 made of another script must never lie beside this one.
  writeFileSync(join(assets, `${name}.code`), '');
  const outfile = join(assets, `${name}.cjs`);
  const inputs = await bundle({
    ...options,
    plugins: [...(options.plugins ?? []), onlyEnglish()],
    outfile,
    format: 'cjs',
    banner: { js: '(function(exports,require,module,__filename,__dirname){' },
    footer: { js: '})' },
  });
  writeFileSync(outfile, withoutCopies(readFileSync(outfile, 'utf8')));
  return inputs;
}

/**
 * A module of CommonJS as one with a default, without a copy of all its names: those of node:fs alone take half a
 * millisecond of each start. Replaces esbuild's own `__toESM`, where it stands in the script.
 */
function withoutCopies(script) {
  const made = script.replace(
    /__toESM=\(mod,isNodeMode,target\)=>\(target=.*?:target,mod\)\)(?=[,;])/,
    '__toESM=(mod,isNodeMode)=>mod?.__esModule&&!isNodeMode?mod:Object.create(mod??null,{default:{value:mod,enumerable:!0}})',
  );
  if (made === script && script.includes('__toESM=')) throw new Error('esbuild makes its __toESM in another way now');
  return made;
}

/** What every thread of a runner evaluates (src/model/runner-scripts.ts). */
async function bundleRunner() {
  const inputs = await bundlePart('runner', { entryPoints: ['src/runner/entry.ts'] });
  const strangers = inputs.filter((input) => FORBIDDEN_IN_RUNNER.some((pattern) => pattern.test(input)));
  if (strangers.length > 0) throw new Error(`the runner bundle must not hold ${strangers.join(', ')}`);
}

/** What reads YAML flows on its own, for hosts of other flows do without. */
async function bundleYaml() {
  await bundlePart('yaml', { entryPoints: ['src/runner/yaml/module.ts'], minify: true });
}

/** zod on its own, for it is compiled only when a flow uses it. */
async function bundleZod() {
  await bundlePart('zod', { entryPoints: ['zod'], minify: true });
}

/** zod's 50 languages of messages stay out but for English. */
function onlyEnglish() {
  return {
    name: 'only-english',
    setup(build) {
      build.onResolve({ filter: /locales\/index\.js$/ }, (args) => ({
        path: join(args.resolveDir, args.path),
        namespace: 'english',
      }));
      build.onLoad({ filter: /.*/, namespace: 'english' }, (args) => ({
        contents: "export { default as en } from './en.js';",
        resolveDir: dirname(args.path),
      }));
    },
  };
}

function writeMigrations() {
  const folder = join(root, 'migrations');
  const list = readdirSync(folder)
    .filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name))
    .sort()
    .map((name) => ({ name: basename(name, '.sql'), sql: readFileSync(join(folder, name), 'utf8') }));
  writeFileSync(join(assets, 'migrations.json'), JSON.stringify(list));
}

/** What every new database begins as: the schema that all migrations together make, and nothing in it. */
function writeEmptyDatabase() {
  const path = join(out, `empty-${process.pid}.db`);
  const database = new SqliteDatabase(path);
  const migrations = JSON.parse(readFileSync(join(assets, 'migrations.json'), 'utf8'));
  database.pragma('page_size = 8192');
  database.pragma('auto_vacuum = incremental');
  database.pragma('journal_mode = wal');
  for (const { sql } of migrations) database.exec(sql);
  database.pragma(`user_version = ${migrations.length}`);
  database.close();
  renameSync(path, join(assets, 'empty.db'));
}

/** { "weekly-retrain": { "flow.ts": "..." } }: every file of a template as text. Data that two of them share is a link. */
function writeTemplates() {
  const folder = join(root, 'src', 'templates');
  const templates = {};
  for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
    templates[name] = Object.fromEntries(
      filesBelow(join(folder, name), (entry) => entry.isFile() || entry.isSymbolicLink()).map((file) => [
        relative(join(folder, name), file),
        readFileSync(file, 'utf8'),
      ]),
    );
  }
  writeFileSync(join(assets, 'templates.json'), JSON.stringify(templates));
}

/** The declarations that let an editor understand a flow file without npm: the SDK's, zod's and Node's. */
function writeTypes() {
  const types = join(out, 'types');
  rmSync(types, { recursive: true, force: true });
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const options = [
    '--ignoreConfig',
    '--emitDeclarationOnly',
    '--declaration',
    '--rewriteRelativeImportExtensions',
    '--noCheck',
  ];
  const language = ['--target', 'esnext', '--module', 'nodenext', '--types', 'node', '--skipLibCheck', '--strict'];
  execFileSync(
    process.execPath,
    [tsc, ...options, ...language, '--outDir', types, '--rootDir', 'src', 'src/sdk/index.ts'],
    { cwd: root, stdio: 'inherit' },
  );
  const files = {};
  const add = (to, folder, keep) => {
    for (const file of filesBelow(folder)) {
      const path = relative(folder, file);
      if (keep(path)) files[`${to}/${path}`] = readFileSync(file, 'utf8');
    }
  };
  add('weir', types, (path) => /^(sdk|model)\/.*\.d\.ts$/.test(path));
  // Written by hand: there is nothing to emit it from, and the compiler leads back to where it lies in src.
  add('weir', join(root, 'src'), (path) => /^sdk\/.*\.d\.ts$/.test(path));
  const sdk = 'weir/sdk/index.d.ts';
  files[sdk] = files[sdk].replace(/(<reference path=")[^"]*\//, '$1./');
  add(
    'zod',
    join(root, 'node_modules', 'zod'),
    (path) => path === 'package.json' || /^(v4\/.*|index|[a-z]+)\.d\.ts$/.test(path),
  );
  add(
    'node',
    join(root, 'node_modules', '@types', 'node'),
    (path) => path === 'package.json' || path.endsWith('.d.ts'),
  );
  add(
    'undici-types',
    join(root, 'node_modules', 'undici-types'),
    (path) => path === 'package.json' || path.endsWith('.d.ts'),
  );
  add(
    '@standard-schema/spec',
    join(root, 'node_modules', '@standard-schema', 'spec'),
    (path) => path === 'package.json' || path === 'dist/index.d.ts',
  );
  const packed = brotliCompressSync(JSON.stringify(files), { params: { [zlib.BROTLI_PARAM_QUALITY]: 6 } });
  writeFileSync(join(assets, 'types.json.br'), packed);
}

async function buildExecutable(name) {
  const target = join(out, process.platform === 'win32' ? `${name}.exe` : name);
  const node = strippedNode();
  const sea = require('@yao-pkg/pkg/lib-es5/sea.js').default;
  const quietly = console.log;
  console.log = () => {};
  try {
    await sea(mainScript, {
      targets: [{ nodeRange: 'node26', platform: pkgPlatform(), arch: process.arch, output: `${target}.new` }],
      nodePath: node,
      seaConfig: {
        useCodeCache: true,
        disableExperimentalSEAWarning: true,
        execArgvExtension: 'none',
        execArgv: [
          ...V8_FLAGS,
          // V8's helper threads, 4 by Node's own measure: on two cores they keep a short run from its spawner's start.
          '--v8-pool-size=2',
          // Ends what Node takes for its own: else it would read the file of `weir exec --env-file`, and fail without it.
          '--',
        ],
        assets: Object.fromEntries(readdirSync(assets).map((name) => [name, join(assets, name)])),
      },
    });
  } finally {
    console.log = quietly;
  }
  // Renamed into place: the former one may be running.
  renameSync(`${target}.new`, target);
  const megabytes = Math.round(statSync(target).size / 1e6);
  process.stderr.write(`dist/${basename(target)} ${version}, ${megabytes} MB\n`);
}

/** Node without its symbols, 34 MB smaller, where the machine has `strip`; kept by content for the next build. */
function strippedNode() {
  if (process.platform !== 'linux') return process.execPath;
  const digest = createHash('sha256')
    .update(`${process.version}${statSync(process.execPath).size}`)
    .digest('hex')
    .slice(0, 12);
  const stripped = join(out, `node-${digest}`);
  if (existsSync(stripped)) return stripped;
  const result = spawnSync('strip', ['-o', stripped, process.execPath], { stdio: 'ignore' });
  return result.status === 0 ? stripped : process.execPath;
}

function sqliteAddon() {
  const musl = process.platform === 'linux' && process.report?.getReport().header.glibcVersionRuntime === undefined;
  const target = `${musl ? 'linuxmusl' : process.platform}-${process.arch}`;
  return join(root, 'node_modules', 'better-sqlite3', 'prebuilds', `${target}.node`);
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

function pkgPlatform() {
  return { linux: 'linux', darwin: 'macos', win32: 'win' }[process.platform];
}

function filesBelow(folder, isWanted = (entry) => entry.isFile()) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(isWanted)
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
