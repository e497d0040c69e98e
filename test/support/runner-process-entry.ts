/** Starts the runner process as the executable does in that role. */
import { join } from 'node:path';
import { assetText, cacheFolder } from '../../src/assets.ts';
import { serveRunnerProcess } from '../../src/runner/process.ts';

serveRunnerProcess({
  runnerSource: assetText('runner.cjs'),
  zodSource: assetText('zod.cjs'),
  yamlSource: assetText('yaml.cjs'),
  compileCache: join(cacheFolder(), 'compiled'),
});
