/** A key that the format does not have: what was probably meant, also by people who come from other tools. */
import type { Problems, Span } from './problem.ts';
import type { Shape } from './shape.ts';
import { shorten } from './told.ts';

/** Tells it at the key. */
export function unknownKey(
  name: string,
  key: Span,
  shape: Extract<Shape, { kind: 'object' }>,
  path: string,
  problems: Problems,
): void {
  const what = path === '' ? 'a flow' : path;
  const names = Object.keys(shape.fields);
  const habit = HABITS[name];
  const all = `it can have ${names.join(', ')}`;
  const known = habit !== undefined && Object.hasOwn(shape.fields, habit) ? `did you mean ${habit}?` : null;
  problems.error(key, `"${shorten(name)}" is no key of ${what}`, known ?? problems.suggest(name, names, all));
}

/** What other tools call it, where the letters are no help. */
const HABITS: Readonly<Record<string, string>> = {
  depends_on: 'needs',
  dependsOn: 'needs',
  depends: 'needs',
  command: 'run',
  cmd: 'run',
  script: 'run',
  steps: 'tasks',
  jobs: 'tasks',
  cron: 'schedule',
  on: 'schedule',
  parameters: 'params',
  inputs: 'params',
  with: 'params',
  environment: 'env',
  dotenv: 'env_file',
  cwd: 'working_dir',
  dir: 'working_dir',
  'working-directory': 'working_dir',
  trigger_rule: 'when',
  strategy: 'for_each',
  matrix: 'for_each',
  with_items: 'for_each',
  foreach: 'for_each',
  'timeout-minutes': 'timeout',
  'continue-on-error': 'continue_on_failure',
  continue_on_error: 'continue_on_failure',
  uses: 'flow',
  outputs: 'files',
  artifacts: 'files',
  limits: 'concurrency_limits',
};
