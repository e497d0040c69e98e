/** What commands are called that nobody gave a name. */
import { expect, test } from 'vitest';
import { nameOfCommand } from '../../src/model/command-name.ts';

test.each<[string, string[]]>([
  ['backup.sh', ['/opt/bin/backup.sh', '--full']],
  ['pg_dump', ['pg_dump', 'db']],
  ['train.py', ['python3', '-u', 'jobs/train.py', '--week', '3']],
  ['http.server', ['python', '-m', 'http.server']],
  ['python3', ['python3', '-c', 'print(1)']],
  ['train.py', ['nice', '-n', '10', 'env', 'A=1', 'python3.12', 'train.py']],
  ['pg_dump', ['sudo', '-u', 'postgres', 'pg_dump']],
  ['slow.sh', ['timeout', '-k', '5s', '10m', './slow.sh']],
  ['report.py', ['uv', 'run', 'report.py']],
  ['pg_dump', ['sh', '-c', 'pg_dump db | gzip > x']],
  ['backup.sh', ['bash', '-lc', 'cd /srv && A=1 exec ./backup.sh']],
  ['fetch.py', ['bash', '-o', 'pipefail', '-c', 'set -e; python fetch.py | tee log']],
  ['sh', ['sh', '-c', '$COMMAND']],
  ['job.sh', ['bash', 'job.sh']],
  ['two-words', ['./two words']],
  ['7z', ['7z', 'a', 'x']],
  ['command-1043', ['./1043']],
  ['command', ['@']],
  ['größe.sh', ['./größe.sh']],
])('%s', (name, argv) => {
  expect(nameOfCommand(argv)).toBe(name);
});
