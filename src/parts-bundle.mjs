/**
 * Makes the scripts that the executable loads by what it is asked (src/parts.ts). What a short run needs stands in the
 * first one, and nothing else: reading a script takes time for each function in it, whether it is called or not.
 *
 *   command-line   what declares the commands; `weir run` and `weir exec`
 *   commands       all other commands
 *   server         pages and HTTP
 *   due-times      the libraries that reckon due times
 *
 * A part has modules of those before it as they are there: no module of Weir's may stand in two of them, or its classes and
 * its state would be there twice.
 */
import { relative, sep } from 'node:path';

/** Loaded when they are called, and most calls are of these. */
const QUICK = /^src\/(cli\/(runs\/run|exec\/exec)|runner\/shared|runner\/yaml\/module)\.ts$/;
const SERVER = /^src\/http\/server\.ts$/;
/** No other command may pay for these. */
const PAGES = /^src\/(http|web)\//;
/** What is used of libraries that take milliseconds to load: loaded when it is first used. */
const DUE_TIMES = { croner: ['Cron'], 'rrule-temporal': ['RRuleTemporal'] };

/**
 * `bundle(name, options)` makes one script by esbuild and resolves to the names of its inputs. `root`: where src lies.
 */
export async function bundleParts(bundle, root) {
  /** By module of Weir's: the part it stands in. */
  const owners = new Map();
  /** By part: the modules that others have of it. */
  const asked = new Map([['due-times', new Set(Object.keys(DUE_TIMES))]]);
  const ask = (part, module) => {
    if (!asked.has(part)) asked.set(part, new Set());
    asked.get(part).add(module);
    return { path: `${part} ${module}`, namespace: 'borrowed' };
  };
  const make = async (name, defers = () => null, first = '') => {
    const inputs = await bundle(name, {
      stdin: { contents: `${first}${modulesOf(asked.get(name))}`, resolveDir: root, loader: 'js' },
      external: ['weir:*'],
      plugins: [borrowing({ name, root, owners, ask, defers })],
    });
    for (const file of inputs.filter((input) => input.startsWith('src/'))) {
      if (name !== 'server' && PAGES.test(file)) throw new Error(`${file} belongs to the server alone, not to ${name}`);
      if ((owners.get(file) ?? name) !== name) throw new Error(`${file} stands in ${owners.get(file)} and in ${name}`);
      owners.set(file, name);
    }
  };
  const commandLine = () =>
    make('command-line', (file) => (QUICK.test(file) ? null : 'commands'), `export * from './src/cli/command-line.ts';\n`);
  const commands = () => make('commands', (file) => (SERVER.test(file) ? 'server' : null));

  await commandLine();
  await commands();
  await make('server');
  await make('due-times');
  // Again, now that it is known what the others have of them.
  await commands();
  await commandLine();
}

/** Evaluated when they are asked for. */
function modulesOf(names = []) {
  const entries = [...names].sort().map((name) => {
    const path = name.startsWith('src/') ? `./${name}` : name;
    return `  ${JSON.stringify(name)}: () => require(${JSON.stringify(path)}),`;
  });
  return ['export const modules = {', ...entries, '};', ''].join('\n');
}

/** `defers`: the part that what is imported later stands in; null: this one. */
function borrowing({ name, root, owners, ask, defers }) {
  return {
    name: 'borrowing',
    setup(build) {
      build.onResolve({ filter: /./ }, async ({ path, pluginData, namespace, kind, ...place }) => {
        if (pluginData === 'as it is' || namespace === 'borrowed') return undefined;
        if (name !== 'due-times' && Object.hasOwn(DUE_TIMES, path)) return { path, namespace: 'library' };
        const isLater = kind === 'dynamic-import';
        if (!path.startsWith('.')) {
          const part = isLater && !path.startsWith('node:') ? defers(path) : null;
          return part === null ? undefined : ask(part, path);
        }
        const found = await build.resolve(path, { kind, ...place, pluginData: 'as it is' });
        const file = relative(root, found.path).split(sep).join('/');
        const owner = owners.get(file) ?? name;
        if (owner !== name) return ask(owner, file);
        const part = isLater ? defers(file) : null;
        return part === null || part === name ? found : ask(part, file);
      });
      build.onLoad({ filter: /./, namespace: 'borrowed' }, ({ path }) => {
        const [part, module] = path.split(' ');
        return { contents: `module.exports = require('weir:${part}')(${JSON.stringify(module)});` };
      });
      build.onLoad({ filter: /./, namespace: 'library' }, ({ path }) => ({
        contents: `let found;\n${DUE_TIMES[path].map((each) => getter(path, each)).join('\n')}`,
      }));
    },
  };
}

function getter(library, name) {
  const get = `() => { found ??= require('weir:due-times')('${library}'); return found.${name}; }`;
  return `Object.defineProperty(exports, '${name}', { enumerable: true, get: ${get} });`;
}
