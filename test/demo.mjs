/**
 * `npm run demo`: the weekly retraining on real data, 26 weeks in a row from the command line, one of them killed in
 * the middle and resumed. Installs and builds what is missing; everything it makes lies in one temporary folder.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, env, executable, install } from './support/prepare.mjs';

const WEEKS = 26;
const KILLED_FROM_WEEK = 9;
const MODEL = 'seattle-temperature';

install();
build();

const folder = mkdtempSync(join(tmpdir(), 'weir-demo-'));
const database = join(folder, 'weir.db');
const weirEnv = { ...env, WEIR_DB: database, NO_COLOR: '1' };
const startedAt = Date.now();

console.log(`\nWeir retrains a model of tomorrow's temperature in Seattle, week after week, in ${folder}\n`);
weir(['init', folder, '--template', 'weekly-retrain', '--quiet']);
console.log(row(['week', 'rows', 'best candidate', 'its rmse', 'production', '']));

let killed = null;
const outcomes = { promoted: 0, kept: 0 };
for (let week = 1; week <= WEEKS; week++) {
  const cut = killed === null && week >= KILLED_FROM_WEEK ? await killInTheMiddle(week) : null;
  const run = cut === null ? runWeek(week) : JSON.parse(weir([cut.isKilled ? 'resume' : 'show', cut.run, '--json', '--quiet']));
  if (cut?.isKilled) killed = run;
  const { rows, best, production, promoted } = run.result;
  outcomes[promoted ? 'promoted' : 'kept']++;
  const former = production === null ? '-' : `${production.rmse.toFixed(3)} (v${production.version})`;
  const reused = run.tasks.filter((task) => task.reused_from_attempt !== null).length;
  const resumed = run !== killed ? '' : `  killed with SIGKILL, resumed: ${reused} of ${run.tasks.length} tasks reused`;
  console.log(row([week, rows, best.name, best.rmse.toFixed(3), former, `${promoted ? 'promoted' : 'kept'}${resumed}`]));
}

console.log(`\n${WEEKS} weeks in ${((Date.now() - startedAt) / 1000).toFixed(1)} s: ${outcomes.promoted} promoted, ${outcomes.kept} kept, 1 killed and resumed (run ${killed.id})`);
console.log('\n$ weir model inspect seattle-temperature');
console.log(weir(['model', 'inspect', MODEL]).trimEnd());
console.log('\n$ weir show');
console.log(weir(['show']).trimEnd());
console.log(`
Look further:
  cd ${folder} && export WEIR_DB=${database}
  ${executable} runs
  ${executable} logs ${killed.id}          what the killed run printed, before and after
  ${executable} up .                the page: http://127.0.0.1:4200, and the flow every Monday at six`);
if (outcomes.promoted === 0 || outcomes.kept === 0 || killed === null) {
  console.error('the demo did not show what it should: a promotion, a model kept, a run resumed');
  process.exitCode = 1;
}

function runWeek(week) {
  return JSON.parse(weir(['run', 'flow.ts', '-p', `week=${week}`, '--json', '--quiet']));
}

/** Starts the week and kills it when its data is checked. On a busy machine it may be over by then: the next one is tried. */
async function killInTheMiddle(week) {
  const child = spawn(executable, ['run', 'flow.ts', '-p', `week=${week}`], { cwd: folder, env: weirEnv, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
    if (/^\S+ check /m.test(said)) child.kill('SIGKILL');
  });
  const [code, signal] = await new Promise((resolve) => child.on('close', (...how) => resolve(how)));
  const isKilled = signal === 'SIGKILL';
  if (!isKilled && code !== 0) throw new Error(`week ${week} ended with ${signal ?? code}:\n${said}`);
  const [, run] = /run (\d+)/.exec(said);
  // Killed behind its end: nothing is left to resume.
  return { run, isKilled: isKilled && JSON.parse(weir(['show', run, '--json', '--quiet'])).state.type !== 'COMPLETED' };
}

function weir(args) {
  const { status, stdout, stderr } = spawnSync(executable, args, { cwd: folder, env: weirEnv, encoding: 'utf8' });
  if (status === 0) return stdout;
  process.stderr.write(`weir ${args.join(' ')} failed (exit ${status}):\n${stdout}${stderr}`);
  process.exit(1);
}

function row([week, rows, best, rmse, production, decision]) {
  return [String(week).padStart(4), String(rows).padStart(5), String(best).padEnd(16), String(rmse).padStart(8), String(production).padEnd(13), decision].join('  ').trimEnd();
}
