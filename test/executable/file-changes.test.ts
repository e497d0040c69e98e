/**
 * Flows are edited, broken, mended, renamed, removed and added at random while their slots fall due and their runs go on:
 * every due time of every schedule has one answer, every run has one end and the code of one version, and a run is for one
 * slot. A failing seed replays: WEIR_TEST_SEED. WEIR_TEST_ROUNDS: operations a seed (50 where nobody is in a hurry).
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { waitFor, weirWorld } from '../support/weir.ts';

const SEED = Number(process.env.WEIR_TEST_SEED ?? Date.now() % 1_000_000);
const OPERATIONS = Number(process.env.WEIR_TEST_ROUNDS ?? 14);
const NAMES = ['ant', 'bee', 'cat'];

/** Its runs last a moment, return what was written into the file, and leave a line each time they begin. */
const FLOW = (name: string, word: number) => `
  import { appendFileSync } from 'node:fs';
  import { context, flow, task } from 'weir';
  import { half } from './parts/${name}';
  const work = task({ name: 'work' }, async (word: number) => {
    appendFileSync(context().dir + '/begun', context().flowRun.id + ' ${name}\\n');
    await new Promise((done) => setTimeout(done, 300 + (word % 7) * 100));
    return word;
  });
  export default flow(
    { name: '${name}', schedule: { cron: '*/2 * * * * *', seconds: true, name: 'often', catchup: '${word % 2 === 0 ? 'latest' : 'all'}', overlap: 'allow_all' } },
    async () => [await work(${word}), half, ${word}],
  );`;

test(`random changes of flow files lose no due time and double none (WEIR_TEST_SEED=${SEED}, ${OPERATIONS} operations)`, {
  timeout: 150_000 + OPERATIONS * 8000,
}, async () => {
  const random = randomFrom(SEED);
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const world = weirWorld();
  const pathOf = new Map<string, string>();
  const words = new Map<string, number[]>(NAMES.map((name) => [name, []]));
  let lastWord = 0;
  const done: string[] = [];

  /** The import first: half of a change may be seen, and what is seen must be a whole version or none. */
  function write(name: string): void {
    const word = ++lastWord;
    words.get(name)?.push(word);
    world.write(`flows/parts/${name}.ts`, `export const half = ${word};\n`);
    const path = pathOf.get(name) ?? `${world.folder}/flows/${name}.ts`;
    pathOf.set(name, path);
    writeFileSync(path, FLOW(name, word));
  }
  const operations: Record<string, (name: string) => void | Promise<void>> = {
    edit: write,
    mend: write,
    break: (name) => {
      const path = pathOf.get(name);
      if (path !== undefined) writeFileSync(path, `${FLOW(name, lastWord)}\nconst x = ;\n`);
    },
    'break its import': (name) => void world.write(`flows/parts/${name}.ts`, 'export const half = ;'),
    'save in halves': async (name) => {
      const path = pathOf.get(name);
      if (path === undefined) return;
      const text = FLOW(name, lastWord);
      writeFileSync(path, text.slice(0, Math.floor(text.length * random())));
      await sleep(random() * 400);
      write(name);
    },
    move: (name) => {
      const path = pathOf.get(name);
      if (path === undefined) return;
      const to = `${world.folder}/flows/${name}-${Math.floor(random() * 3)}.ts`;
      renameSync(path, to);
      pathOf.set(name, to);
    },
    remove: (name) => {
      rmSync(pathOf.get(name) ?? '', { force: true });
      pathOf.delete(name);
    },
    add: write,
  };

  for (const name of NAMES) write(name);
  const server = world.start(['up', 'flows', '--port', '0', '--limit', '6']);
  await server.until(/shows what runs/);
  for (let round = 0; round < OPERATIONS; round++) {
    const name = pick(NAMES);
    const operation = pick(Object.keys(operations));
    done.push(`${operation} ${name}`);
    await operations[operation]?.(name);
    await sleep(random() * 1500);
  }
  for (const name of NAMES) write(name);
  for (const name of NAMES) {
    const word = words.get(name)?.at(-1);
    await waitFor(`a run of ${name} with its last version, after ${done.join(', ')}`, () =>
      results(name).some((result) => numbersOf(result).every((number) => number === word)),
    );
  }
  // Nothing new is made, and what is due or under way goes on.
  for (const name of NAMES) rmSync(pathOf.get(name) as string);
  await waitFor(
    'all to be removed',
    () => world.rows('select 1 from deployments where deleted_at is null').length === 0,
  );
  await waitFor('every run to end', () => world.rows('select 1 from flow_runs where end_at is null').length === 0);
  server.kill('SIGTERM');
  const { code, stderr } = await server.ended;
  const story = `${done.join(', ')}\n${stderr}`;
  expect(code, story).toBe(0);
  expect(stderr).not.toMatch(/^weir:|should not have happened/m);
  check();

  function results(flow: string): string[] {
    return world
      .rows<{ result: string }>(
        "select cast(result as text) as result from flow_runs where flow = ? and state_name = 'Completed'",
        flow,
      )
      .map(({ result }) => result);
  }

  function check(): void {
    // Every run came to its end, for a slot of its own, with one whole version.
    const runs = world.rows<{
      id: number;
      flow: string;
      state: string;
      slot: number;
      schedule: number;
      attempt: number;
      result: string;
    }>(
      'select id, flow, state_name as state, slot_at as slot, schedule_id as schedule, attempt, cast(result as text) as result from flow_runs order by id',
    );
    expect(
      runs.filter(({ state }) => state !== 'Completed'),
      story,
    ).toEqual([]);
    for (const { flow, result, id } of runs) {
      const [worked, half, word] = numbersOf(result);
      // A flow and its import are two files: a version may hold the newer import with the older flow, never a mixture of runs.
      expect(
        [worked, words.get(flow)?.includes(word ?? 0), words.get(flow)?.includes(half ?? 0)],
        `run ${id}: ${story}`,
      ).toEqual([word, true, true]);
    }
    const perSlot = Map.groupBy(runs, ({ schedule, slot }) => `${schedule} ${slot}`);
    expect(
      [...perSlot.values()].filter((same) => same.length > 1),
      story,
    ).toEqual([]);
    const begun = world.lines('flows/begun');
    expect(begun.toSorted(), story).toEqual([...new Set(begun)].toSorted());
    expect(begun).toHaveLength(runs.length);
    // Every due time of every schedule has an answer, from its first to its last, but for the time that it was removed.
    const schedules = world.rows<{ id: number; flow: string }>(
      'select schedules.id, flow from schedules join deployments on deployments.id = deployment_id',
    );
    expect(schedules).toHaveLength(NAMES.length);
    for (const { id, flow } of schedules) {
      const slots = world.rows<{ at: number; until: number | null; outcome: string; run: number | null }>(
        'select at, until_at as until, outcome, flow_run_id as run from slots where schedule_id = ? order by at',
        id,
      );
      const gaps = slots
        .slice(1)
        .filter((slot, index) => slot.at - (slots[index]?.until ?? slots[index]?.at ?? 0) !== 2000);
      const removals =
        done.filter((each) => each === `remove ${flow}`).length +
        done.filter((each) => /^(save|break|move)/.test(each) && each.endsWith(flow)).length;
      expect(gaps.length, `${flow} has gaps at ${gaps.map(({ at }) => at).join()}: ${story}`).toBeLessThanOrEqual(
        removals,
      );
      expect(
        slots.filter(({ outcome, run }) => /ran|caught_up/.test(outcome) !== (run !== null)),
        story,
      ).toEqual([]);
    }
  }
});

function numbersOf(result: string): number[] {
  return [...result.matchAll(/\d+/g)].map(([text]) => Number(text)).slice(-3);
}

/** The same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
