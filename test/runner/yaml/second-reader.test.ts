/** Which commands would run a value that a script hands them. */
import { expect, it } from 'vitest';
import { secondReader } from '../../../src/runner/yaml/second-reader.ts';

it.each([
  ['bash', `bash -c 'echo `],
  ['sh', `docker exec box /bin/sh -ec "cd /app; echo `],
  ['bash', `set -e\nsudo bash -lc 'first\nsecond `],
  ['su', `su app -c "run `],
  ['python3.12', `python3.12 -c 'print("`],
  ['node', `node -e "console.log(`],
  ['psql', `psql "$URL" -c "select * from t where day = '`],
  ['awk', `awk '$1 == `],
  ['awk', `cat x | awk -F, '{ print `],
  ['ssh', `ssh -p 22 user@host 'ls `],
  ['ssh', `ssh host "ls `],
  ['eval', `eval `],
  ['eval', `true; eval "x=`],
])('%s, in %j', (program, before) => expect(secondReader(before)).toBe(program));

it.each([
  `echo `,
  `bash run.sh `,
  `bash run.sh '`,
  `bash -c 'echo "$1"' _ `,
  `python -c 'import sys; print(sys.argv[1])' "`,
  `python train.py -c `,
  `awk -v day="`,
  `awk -F "`,
  `awk '{ print $1 }' `,
  `ssh `,
  `ssh "`,
  `scp x host:"`,
  `echo "evaluate `,
  `medieval `,
  `grep -c 'needle `,
])('nobody, in %j', (before) => expect(secondReader(before)).toBeNull());
