/**
 * `npm run bench`: speed as ratios measured side by side in one run, each the median of several. `npm run bench -- start`
 * measures one row. Figures are of this machine at this moment; only the ratio travels.
 */
import { build, install } from '../support/prepare.mjs';
import { chain } from './chain.ts';
import { cronLoad } from './cron-load.ts';
import { dispatch } from './dispatch.ts';
import { fullStart } from './full-start.ts';
import { history } from './history.ts';
import { idle } from './idle.ts';
import { logs } from './logs.ts';
import type { Row } from './measure.ts';
import { oneRun } from './one-run.ts';
import { parallel } from './parallel.ts';
import { recovery } from './recovery.ts';
import { shellDag } from './shell-dag.ts';
import { slots } from './slots.ts';
import { start } from './start.ts';

const ROWS: Readonly<Record<string, () => Promise<Row> | Row>> = {
  start,
  'one-run': oneRun,
  dispatch,
  chain,
  parallel,
  'shell-dag': shellDag,
  'cron-load': cronLoad,
  slots,
  idle,
  logs,
  recovery,
  'full-start': fullStart,
  history,
};

install();
build();

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !(name in ROWS));
if (unknown !== undefined) {
  console.error(`there is no row "${unknown}"; there are ${Object.keys(ROWS).join(', ')}`);
  process.exit(2);
}
console.log(line(['row', 'figure', 'reference', 'ratio', 'goal']));
for (const [name, measure] of Object.entries(ROWS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const { figure, reference, ratio, goal } = await measure();
  console.log(line([name, figure, reference, ratio.toFixed(2), goal]));
}

function line([name, figure, reference, ratio, goal]: readonly string[]): string {
  return [name?.padEnd(10), figure?.padEnd(40), reference?.padEnd(40), ratio?.padStart(6), ` ${goal}`].join(' ');
}
