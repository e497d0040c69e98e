/**
 * Random graphs through the real engine, against a small model of the manual's rules; and documents that nobody would
 * write: what is accepted runs to a final state or is refused with a sentence. Long by WEIR_TEST_ROUNDS.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { WeirError } from '../../src/model/errors.ts';
import { isFinal } from '../../src/model/state.ts';
import { TRIGGER_RULES, type TriggerRule } from '../../src/model/trigger.ts';
import { type EndedRun, engineWorld } from '../support/engine-world.ts';
import { rounds } from '../support/fuzz.ts';

const FUZZ = rounds(60);
const ROUNDS = FUZZ.numRuns;

interface Task {
  readonly needs: readonly number[];
  readonly rule: TriggerRule;
  readonly isAllowed: boolean;
  readonly isTolerated: boolean;
  /** Whether each of its commands succeeds; null: it has no for_each. */
  readonly items: readonly boolean[] | null;
  readonly succeeds: boolean;
  readonly most: number;
  readonly failFast: boolean;
}

const task = fc.record<Task>({
  needs: fc.uniqueArray(fc.nat({ max: 4 }), { maxLength: 3 }),
  rule: fc.constantFrom(...TRIGGER_RULES),
  isAllowed: fc.boolean().map((yes) => yes),
  isTolerated: fc.boolean(),
  items: fc.option(fc.array(fc.boolean(), { maxLength: 3 })),
  succeeds: fc.boolean(),
  most: fc.constantFrom(1, 2),
  failFast: fc.boolean(),
});
/** Tasks of a graph need those before them: the n-th need counts backwards. */
const graph = fc.array(task, { minLength: 1, maxLength: 6 });

const needsOf = ({ needs }: Task, at: number) => [...new Set(needs.map((back) => at - 1 - back).filter((n) => n >= 0))];

function yamlOf(graphs: readonly (readonly Task[])[]): string {
  const lines = graphs.flatMap((tasks, g) =>
    tasks.map((each, at) => {
      const { rule, isAllowed, isTolerated, items, succeeds, most, failFast } = each;
      const needs = needsOf(each, at).map((n) => `t${g}-${n}`);
      const keys = [
        ...(needs.length === 0 ? [] : [`needs: [${needs.join(', ')}]`, `when: ${rule}`]),
        `if: "${isAllowed}"`,
        `continue_on_failure: ${isTolerated}`,
        ...(items === null
          ? []
          : [`for_each: [${items.join(', ')}]`, `max_concurrency: ${most}`, `fail_fast: ${failFast && most === 1}`]),
        `run: ["${items === null ? succeeds : '${{ item }}'}"]`,
      ];
      return `  t${g}-${at}: { ${keys.join(', ')} }`;
    }),
  );
  return `max_concurrency: 4\ntasks:\n${lines.join('\n')}\n`;
}

type End = 'Completed' | 'Failed' | 'Skipped' | 'UpstreamFailed';

/** As the manual says it, written once more. */
function modelOf(tasks: readonly Task[]): End[][] {
  const ends: End[][] = [];
  for (const [at, each] of tasks.entries()) {
    const needs = needsOf(each, at).map((n) => ({ ends: ends[n] ?? [], isTolerated: tasks[n]?.isTolerated === true }));
    ends.push(endsOf(each, needs));
  }
  return ends;
}

function endsOf(each: Task, needs: readonly { ends: readonly End[]; isTolerated: boolean }[]): End[] {
  const isBad = (end: End) => end === 'Failed' || end === 'UpstreamFailed';
  const told = needs.flatMap(({ ends }) => ends);
  const forgiven = needs.flatMap(({ ends, isTolerated }) =>
    ends.map((end): End => (isTolerated && isBad(end) ? 'Completed' : end)),
  );
  if (told.length > 0 && !holds(each.rule, told) && !holds(each.rule, forgiven))
    return [forgiven.some(isBad) ? 'UpstreamFailed' : 'Skipped'];
  if (!each.isAllowed) return ['Skipped'];
  if (each.items === null) return [each.succeeds ? 'Completed' : 'Failed'];
  if (each.items.length === 0) return ['Skipped'];
  const first = each.items.indexOf(false);
  return each.items.map((ok, n) =>
    each.failFast && each.most === 1 && first !== -1 && n > first ? 'Skipped' : ok ? 'Completed' : 'Failed',
  );
}

function holds(rule: TriggerRule, ends: readonly End[]): boolean {
  const good = ends.filter((end) => end === 'Completed').length;
  const skipped = ends.filter((end) => end === 'Skipped').length;
  const bad = ends.length - good - skipped;
  return {
    all_success: good === ends.length,
    all_failed: bad === ends.length,
    all_done: true,
    one_success: good > 0,
    one_failed: bad > 0,
    none_failed: bad === 0,
    none_failed_min_one_success: bad === 0 && good > 0,
    none_skipped: skipped === 0,
    always: true,
  }[rule];
}

const GRAPHS_AT_ONCE = 10;

it(
  'random graphs of tasks, rules, conditions, items and failures end as the rules say',
  async () => {
    const world = await engineWorld();
    const graphs = fc.array(graph, { minLength: 1, maxLength: GRAPHS_AT_ONCE });
    await fc.assert(
      fc.asyncProperty(graphs, async (all) => {
        const run = await world.runYaml(yamlOf(all));
        const actual = all.map((tasks, g) => tasks.map((_, at) => statesOf(run, `t${g}-${at}`)));
        const expected = all.map(modelOf);
        expect(actual).toEqual(expected);
        const failed = expected.flatMap((ends, g) =>
          ends.flatMap((each, at) =>
            all[g]?.[at]?.isTolerated ? [] : each.filter((end) => end === 'Failed' || end === 'UpstreamFailed'),
          ),
        );
        const count = expected.flat(2).length;
        expect(run.state.message).toBe(failed.length === 0 ? null : `${failed.length}/${count} tasks failed.`);
      }),
      { ...FUZZ, numRuns: Math.ceil(ROUNDS / GRAPHS_AT_ONCE) },
    );
  },
  60_000 + ROUNDS * 400,
);

const statesOf = (run: EndedRun, name: string) =>
  run.tasks.filter((each) => each.name === name).map(({ state }) => state.name);

/** Nothing in it, or in any mixture of its parts, does more than print or leave a file beside it. */
const DOCUMENT = {
  name: 'mixed',
  params: { day: { type: 'string', default: '2026-01-01' }, n: { type: 'array', default: [1, 2] } },
  env: { STAGE: 'test', DAY: '${{ params.day }}' },
  max_concurrency: 4,
  timeout: '20s',
  defaults: { retries: 1, retry_delay: '1ms', timeout: '10s' },
  tasks: {
    list: {
      run: 'echo \'{"xs": [1, "two", null], "n": 3}\' > $WEIR_OUTPUT',
      files: { f: 'f.txt' },
      continue_on_failure: true,
    },
    each: {
      needs: 'list',
      for_each: '${{ tasks.list.outputs.xs }}',
      run: 'echo ${{ item }} "${{ env.DAY }}"',
      max_concurrency: 2,
      when: 'all_done',
    },
    grid: {
      for_each: { matrix: { a: '${{ params.n }}', b: ['x', 'y'] } },
      name: 'grid ${{ item.a }}',
      run: ['echo', '${{ item.b }}', '${{ params.n }}'],
    },
    last: {
      needs: ['each', 'grid'],
      when: 'always',
      if: '${{ tasks.list.outputs.n > 2 }}',
      run: 'cat "$WEIR_INPUTS"',
      cache: { key: '${{ params.day }}', expires: '1h' },
      env: { X: '${{ tasks.each.state }}' },
    },
  },
  on_failure: { run: 'echo ${{ tasks.list.state }} "$WEIR_ERROR"', timeout: '5s' },
  on_completion: { run: ['echo', '${{ tasks.last.outputs.x }}'] },
};

type Json = unknown;

/** Places in the document, and what stands in them. */
function placesIn(value: Json, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, each]) => placesIn(each, [...path, key]))];
}

function at(value: Json, path: readonly string[]): Json {
  return path.reduce((holder: Json, key) => (holder as Record<string, Json> | null)?.[key], value);
}

function withAt(value: Json, path: readonly string[], made: Json): Json {
  const [key, ...rest] = path;
  if (key === undefined) return made;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each, n) => (String(n) === key ? withAt(each, rest, made) : each));
  const entries = Object.entries(value).map(([name, each]) => [name, name === key ? withAt(each, rest, made) : each]);
  return Object.fromEntries(entries.filter(([, each]) => each !== undefined));
}

const PLACES = placesIn(DOCUMENT).slice(1);
const place = fc.constantFrom(...PLACES);
const edit = fc.oneof(
  fc.record({ how: fc.constant('move' as const), from: place, to: place }),
  fc.record({ how: fc.constant('remove' as const), to: place }),
  fc.record({
    how: fc.constant('put' as const),
    to: place,
    value: fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom(
        '${{ item }}',
        '${{ params.n }}',
        '${{ tasks.list.outputs }}',
        '${{ tasks.list.files.f }}',
        '${{ run }}',
        '${{ fromJSON(params.day) }}',
        'all_failed',
        '',
        null,
        [],
        [[]],
        {},
        0,
        true,
      ),
    ),
  }),
);

function edited(
  edits: readonly { how: string; to: readonly string[]; from?: readonly string[]; value?: Json }[],
): Json {
  return edits.reduce<Json>((document, { how, from, to, value }) => {
    if (how === 'remove') return withAt(document, to, undefined);
    return withAt(document, to, how === 'move' ? (at(DOCUMENT, from ?? []) ?? null) : (value ?? null));
  }, DOCUMENT);
}

it(
  'a mixed-up document is refused with places, or runs to a final state that has a sentence',
  async () => {
    const world = await engineWorld();
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        let run: EndedRun;
        try {
          run = await world.runYaml(JSON.stringify(edited(edits)));
        } catch (error) {
          expect(error).toBeInstanceOf(WeirError);
          expect(String((error as Error).message)).toMatch(/flow\.yaml(:\d+:\d+: |, | )/);
          return;
        }
        accepted++;
        expect(isFinal(run.state.type)).toBe(true);
        expect(run.state.type === 'FAILED' && !run.state.message).toBe(false);
        for (const { state, error } of run.tasks) {
          expect(isFinal(state.type)).toBe(true);
          if (state.type !== 'COMPLETED') expect(state.message).toMatch(/\w/);
          // What is a mistake of Weir's own shows in these words.
          expect(`${state.message} ${error?.name ?? ''}`).not.toMatch(
            /TypeError|ReferenceError|RangeError|internal|undefined/,
          );
        }
        expect(run.texts().join('\n')).not.toMatch(/TypeError|ReferenceError|internal error/);
      }),
      FUZZ,
    );
    if (ROUNDS >= 60) expect(accepted).toBeGreaterThan(ROUNDS / 20);
  },
  60_000 + ROUNDS * 2000,
);
