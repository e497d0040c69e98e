import { expect, test } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { packReports, unpackReports } from '../../src/model/report-packing.ts';

const CALL = {
  call: 7,
  identity: 'identity',
  scope: 'scope',
  name: 'train',
  label: 'alpha=1',
  taskKind: 'shell',
  index: 1,
  position: 2,
  codeHash: 'code',
  inputHash: 'input',
  cacheKey: 'cache',
  parentCall: 3,
  upstream: [4, 5],
  tags: ['nightly'],
  timeoutMs: 1000,
  isKeyed: true,
  retries: 3,
} as const;

/** One of every kind that is packed with everything it can say, and with as little as it may. */
const REPORTS: readonly Report[] = [
  { kind: 'run-started', at: 1, timeoutMs: 5 },
  { kind: 'task-called', at: 2, ...CALL },
  {
    kind: 'task-called',
    at: 3,
    ...CALL,
    label: null,
    inputHash: null,
    cacheKey: null,
    parentCall: null,
    upstream: [],
    tags: [],
    timeoutMs: null,
  },
  { kind: 'task-reused', at: 4, ...CALL },
  { kind: 'task-state', call: 7, state: { type: 'RUNNING', name: 'Running', message: null, at: 5 } },
  {
    kind: 'task-state',
    call: 7,
    state: { type: 'COMPLETED', name: 'Cached', message: 'from run 1', at: 6 },
    result: new Uint8Array([106, 49]),
    reusable: true,
    cacheExpiresAt: 7,
    cachedFrom: { run: 1, task: 2 },
    error: { name: 'Error', message: 'boom', stack: null },
    hook: 'on_completion',
  },
  { kind: 'log', call: 7, stream: 'log', level: 'info', at: 8, text: 'hello' },
];

test('reports come out of their packing as they went in, in the same order', () => {
  expect(unpackReports(structuredClone(packReports(REPORTS)))).toEqual(REPORTS);
});
