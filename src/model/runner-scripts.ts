/**
 * The scripts that a host needs: the runner, and what it compiles only when a flow uses it. With each travels what V8 made
 * of it when the executable was built (parts-compile.mjs), so that no host has to compile it again.
 */

/** One function around a CommonJS module, of (exports, require, module, __filename, __dirname). */
export interface RunnerScript {
  readonly source: string;
  /** Empty, or made by another V8: then it is compiled as it is used, which only costs time. */
  readonly code: Uint8Array;
}

export interface RunnerScripts {
  readonly runner: RunnerScript;
  readonly zod: RunnerScript;
  readonly yaml: RunnerScript;
}

/** Under this symbol, what imports a module for the runner: a script that is not Node's own may not do it by itself. */
export const IMPORT = 'weir.import';

/** What every thread of a runner evaluates first: takes the runner from the thread's data. */
export const START_RUNNER = `
const { source, code } = require('node:worker_threads').workerData.runner;
const runner = new (require('node:vm').Script)(source, { filename: 'runner.cjs', cachedData: code });
globalThis[Symbol.for('${IMPORT}')] = (url) => import(url);
runner.runInThisContext()({}, require, {}, __filename, __dirname);
`;
