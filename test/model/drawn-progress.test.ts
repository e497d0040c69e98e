import { expect, it } from 'vitest';
import { progressIn } from '../../src/model/drawn-progress.ts';

it.each([
  ['tqdm', ' 37%|███▋      | 37/100 [00:01<00:02, 30.00it/s]', 37, 100, null],
  ['tqdm with a name', 'Epoch 3:  50%|█████     | 5/10 [00:01<00:01,  4.99it/s]', 5, 10, 'Epoch 3'],
  ['tqdm with units', ' 12%|█▏  | 1.20M/10.0M [00:01<00:02, 3.0MB/s]', 1.2, 10, 'M'],
  ['tqdm with mixed units', ' 98%|█▏  | 980k/1.00M [00:01<00:02, 3.0MB/s]', 980_000, 1_000_000, null],
  ['tqdm at its start', '  0%|          | 0/100 [00:00<?, ?it/s]', 0, 100, null],
  [
    'pip',
    '   \u001b[90m━━━━━━━━━━━━\u001b[0m \u001b[32m12.3/45.6 MB\u001b[0m \u001b[31m10.1 MB/s\u001b[0m eta',
    12.3,
    45.6,
    'MB',
  ],
  ['wget', 'file.iso            37%[======>             ] 370.12M  10.2MB/s    eta 60s', 37, 100, '% file.iso'],
  ['curl', ' 37  100M   37 37.0M    0     0  10.2M      0  0:00:09  0:00:03  0:00:06 10.2M', 37, 100, '%'],
  ['rsync', '     12,345,678  37%   10.20MB/s    0:00:06', 37, 100, '%'],
  ['git', 'Receiving objects:  37% (370/1000), 1.20 MiB | 3.00 MiB/s', 370, 1000, 'Receiving objects'],
  ['keras', '37/100 [=========>..........] - ETA: 3s - loss: 0.1234', 37, 100, null],
  ['a plain count', 'epoch 3 of 20', 3, 20, 'epoch'],
  ['thousands', '1,000/2,000 rows', 1000, 2000, null],
  ['a bar whose file name has a part of its own', 'part 1/2: 37%', 37, 100, '% part 1/2'],
])('reads the progress of %s', (_, drawing, done, total, label) => {
  expect(progressIn(drawing)).toEqual({ done, total, label });
});

it.each([
  ['nothing', ''],
  ['a spinner', '| working'],
  ['a date', '2024/01/02 03:04:05 waiting'],
  ['a clock', '12:30:45 still here'],
  ['more than all of it', '120/100 done'],
  ['more than a hundred percent', 'grew by 250%'],
  ['a speed', '10.1 MB/s'],
  ['a path', '/usr/2/share'],
])('reads no progress in %s', (_, drawing) => {
  expect(progressIn(drawing)).toBeNull();
});
