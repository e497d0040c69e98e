/** Documents that nobody would write: whatever they hold, they are judged, never thrown at, never hung on. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MOST_ITEMS } from '../../../src/model/matrix.ts';
import { parseYamlFlow } from '../../../src/runner/yaml/parse.ts';
import { rounds } from '../../support/fuzz.ts';

const DOCUMENT = `name: nightly-etl
schedule: ["0 2 * * *", { interval: 90m, timezone: Europe/Berlin, jitter: { max: 5m } }]
params:
  day: { type: date, default: "\${{ slot.start }}" }
  alphas: { type: array, items: { type: number, minimum: 0 }, default: [0.1, 1] }
env: { STAGE: test, DAY: "\${{ params.day }}" }
x-common: &common { timeout: 5m, retry_delay: { exponential: 1s, max: 1m } }
concurrency_limits: { gpu: 1 }
defaults: { retries: 2, retry_delay: [10s, 1m] }
tasks:
  extract:
    <<: *common
    run: |
      python extract.py --day "\${{ params.day }}" '\${{ run.id }}'
      cat <<EOF
      \${{ env.STAGE }}
      EOF
    cache: { key: "\${{ params.day }}", files: [extract.py], expires: 7d }
    files: { rows: rows.csv }
  train:
    needs: [extract]
    for_each: { matrix: { lr: "\${{ params.alphas }}", depth: [3, 5] } }
    occupies: { gpu: 1 }
    run: [python, train.py, "\${{ item.lr }}", "\${{ tasks.extract.files.rows }}"]
  report: { needs: train, when: all_done, if: "\${{ tasks.extract.outputs.rows > 0 }}", run: ./report.sh }
  child: { flow: ./child.yaml, params: { x: ["\${{ params.alphas[0] }}"] } }
on_failure: { run: "echo \${{ tasks.train.state }}" }
`;

const WORDS = [
  ...[
    '${{',
    '}}',
    '&common',
    '*common',
    '<<:',
    '|',
    '>',
    '- ',
    '? ',
    ': ',
    '#',
    '---\n',
    '\t',
    '\0',
    '\u{1f600}',
    '\r\n',
  ],
  ...['"', "'", '[', ']', '{', '}', '!!binary', '%YAML 1.1\n', 'null', '.inf', '1e999', '__proto__', 'constructor: 1'],
  ...[
    'tasks:',
    'needs: train',
    'secrets.X',
    'item',
    '$(',
    '`',
    "<<'EOF'\n",
    'matrix: {}',
    '99999999999999999999',
    '\ud800',
  ],
];

/** Cuts, doublings, insertions and swaps, at places of the document. */
const edit = fc.record({
  at: fc.nat({ max: DOCUMENT.length }),
  length: fc.nat({ max: 40 }),
  how: fc.constantFrom('cut', 'double', 'insert', 'replace'),
  word: fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 6, unit: 'binary' })),
});

function edited(text: string, edits: readonly { at: number; length: number; how: string; word: string }[]): string {
  let result = text;
  for (const { at, length, how, word } of edits) {
    const before = result.slice(0, at);
    const inside = result.slice(at, at + length);
    const after = result.slice(at + length);
    if (how === 'cut') result = before + after;
    else if (how === 'double') result = before + inside + inside + after;
    else if (how === 'insert') result = before + word + inside + after;
    else result = before + word + after;
  }
  return result;
}

function judged(input: string | Uint8Array): void {
  const { flow, problems } = parseYamlFlow(input, { path: '/flows/nightly.yaml', limits: new Map() });
  const lines = (typeof input === 'string' ? input : new TextDecoder().decode(input)).split('\n');
  expect(flow === null).toBe(problems.some((problem) => problem.severity === 'error'));
  for (const { line, column, message, excerpt } of problems) {
    expect(message).not.toBe('');
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
    expect(excerpt.split('\n').length).toBeLessThanOrEqual(2);
  }
  const places = problems.map(({ line, column }) => line * 1e6 + column);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  if (flow !== null) expect(structuredClone(flow)).toEqual(flow);
}

const FUZZ = rounds(300);

test('the document that is edited is valid as it stands', () => {
  expect(parseYamlFlow(DOCUMENT, { path: 'x.yaml', limits: new Map() }).problems).toEqual([]);
});

test(
  'an edited document is judged, each problem with a place inside the file',
  () => {
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => judged(edited(DOCUMENT, edits))),
      FUZZ,
    );
  },
  60_000 + FUZZ.numRuns * 20,
);

test(
  'bytes of any kind are judged',
  () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => judged(bytes)),
      FUZZ,
    );
  },
  60_000 + FUZZ.numRuns * 20,
);

test(
  'values of any kind at any key are judged',
  () => {
    const value = fc.json({ maxDepth: 3 });
    const key = fc.constantFrom(
      'params',
      'schedule',
      'env',
      'tasks',
      'defaults',
      'on_failure',
      'for_each',
      'run',
      'cache',
      'promote',
    );
    fc.assert(
      fc.property(key, value, fc.boolean(), (name, json, isInTask) =>
        judged(isInTask ? `tasks:\n  t:\n    ${name}: ${json}\n` : `${name}: ${json}\ntasks: { t: { run: x } }\n`),
      ),
      FUZZ,
    );
  },
  60_000 + FUZZ.numRuns * 20,
);

describe('what is made to take for ever does not', () => {
  test.each([
    ['brackets', '['.repeat(50_000)],
    ['lists in lists', `tasks: ${'- '.repeat(20_000)}`],
    ['keys', Array.from({ length: 20_000 }, (_, at) => `k${at}: 1`).join('\n')],
    [
      'tasks that need nothing known',
      `tasks:\n${Array.from({ length: 3000 }, (_, at) => `  a${at}: { run: x, needs: b${at} }`).join('\n')}`,
    ],
    [
      'a circle of thousands',
      `tasks:\n${Array.from({ length: 3000 }, (_, at) => `  a${at}: { run: x, needs: a${(at + 1) % 3000} }`).join('\n')}`,
    ],
    ['openings', `tasks: { t: { run: "${'${{ '.repeat(20_000)}" } }`],
    ['expressions', `tasks: { t: { run: "${'${{ params.x }}'.repeat(5000)}" } }`],
    ['a deep expression', `tasks: { t: { run: x, if: "${'('.repeat(10_000)}1" } }`],
    [
      'a matrix',
      `tasks: { t: { run: x, for_each: { matrix: { a: [${'1,'.repeat(400)}], b: [${'1,'.repeat(400)}] } } } }`,
    ],
    ['a script of quotes', `tasks: { t: { run: '${'"$(`'.repeat(10_000)} \${{ run.id }}' } }`],
    ['aliases', `x-0: &a 1\nx-1: [${'*a,'.repeat(30_000)}]\ntasks: { t: { run: x } }`],
    ['a long line', `name: ${'x'.repeat(1_000_000)}`],
    ['more than a file may hold', 'x'.repeat(3_000_000)],
  ])('%s', { timeout: 20_000 }, (_, text) => {
    judged(text);
  });

  test('a matrix of too many items is refused', () => {
    const list = Array(400).fill(1).join(',');
    const { problems } = parseYamlFlow(
      `tasks: { t: { run: x, for_each: { matrix: { a: [${list}], b: [${list}] } } } }`,
      { path: 'x.yaml' },
    );
    expect(problems[0]?.message).toBe(`for_each would make 160000 task runs; at most ${MOST_ITEMS} are possible`);
  });
});
