/** 1 000 independent `true` tasks of a YAML flow, 4 at a time, with logs and states, against `make -j4` of the same. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { inFolder, ms, type Row, sideBySide, timeCommand, timeWeir } from './measure.ts';

const TASKS = 1000;
const FLOW = `name: dag
tasks:
  step:
    for_each: [${Array.from({ length: TASKS }, (_, n) => n).join(', ')}]
    max_concurrency: 4
    run: "true"
`;
const NAMES = Array.from({ length: TASKS }, (_, n) => `t${n}`).join(' ');
const MAKEFILE = `SHELL := /bin/sh\n.PHONY: all ${NAMES}\nall: ${NAMES}\n${NAMES}:\n\t@:; true\n`;

export async function shellDag(): Promise<Row> {
  return inFolder({ 'flow.yaml': FLOW, Makefile: MAKEFILE }, async (folder) => {
    const hasMake = spawnSync('make', ['--version']).status === 0;
    let count = 0;
    const run = () => timeWeir(['run', 'flow.yaml', '--quiet'], { cwd: folder, db: join(folder, `${count++}.db`) });
    const make = () => (hasMake ? timeCommand('make', ['-j4', '-s'], { cwd: folder }) : Number.NaN);
    const { first, second } = await sideBySide(run, make, 5);
    return {
      figure: `${Math.round((TASKS / first) * 1000)} tasks/s, ${ms(first)}`,
      reference: hasMake ? `make -j4 ${ms(second)}` : 'there is no make here',
      ratio: first / second,
      goal: '<= 2 times',
    };
  });
}
