/** Starts the runner process as the executable does in that role. */
import { join } from 'node:path';
import { cacheFolder, runnerScript } from '../../src/assets.ts';
import { serveRunnerProcess } from '../../src/runner/process.ts';

serveRunnerProcess({
  runner: runnerScript('runner'),
  zod: runnerScript('zod'),
  yaml: runnerScript('yaml'),
  compileCache: join(cacheFolder(), 'compiled'),
});
