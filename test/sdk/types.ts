/**
 * What the types of the SDK promise. Checked by tsc alone: a line marked with ts-expect-error must not compile,
 * every other one must. Nothing here is ever executed.
 */
import {
  type AppliedDeployment,
  allowFailure,
  deployment,
  type Flow,
  flow,
  type Hook,
  log,
  models,
  quote,
  type ShellOutcome,
  secrets,
  sh,
  sleep,
  type Task,
  type TaskFuture,
  type TaskFutureList,
  task,
  unmapped,
  type VariableValue,
  variables,
  z,
} from '../../src/sdk/index.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles only when both types are the same. */
function same<A, B>(_areSame: Equal<A, B>): void {}

interface Row {
  readonly day: string;
  readonly high: number;
}

const fetchWeek = task({ name: 'fetch-week', retries: 3 }, async (week: string): Promise<Row[]> => {
  return [{ day: week, high: 7 }];
});
const train = task((rows: Row[], alpha: number) => ({ alpha, rmse: rows.length }));
const describeOptional = task((name: string, times?: number) => name.repeat(times ?? 1));
const untyped = task(() => 'text');

export function calls() {
  same<ReturnType<typeof fetchWeek>, TaskFuture<Row[]>>(true);
  same<typeof untyped, Task<[], string>>(true);

  const rows = fetchWeek('2026-11-16');
  train(rows, 0.1);
  train([{ day: 'a', high: 1 }], 0.1);
  describeOptional('a');
  describeOptional('a', 2);
  describeOptional(untyped(), undefined);

  // @ts-expect-error a number is no week
  fetchWeek(7);
  // @ts-expect-error the second argument is missing
  train(rows);
  // @ts-expect-error one argument too many
  untyped(1);
  // @ts-expect-error the future of a string is no number
  train(rows, untyped());
  // @ts-expect-error the future of rows is no week
  fetchWeek(rows);
}

export async function results() {
  const rows = await fetchWeek('2026-11-16');
  same<typeof rows, Row[]>(true);
  const outcome = await train(rows, 1).result({ raise: false });
  same<typeof outcome, { alpha: number; rmse: number } | Error>(true);
  const { name } = await train(rows, 1).state();
  same<typeof name extends string ? true : false, true>(true);
  // @ts-expect-error a result has no such property
  (await train(rows, 1)).accuracy;
}

export async function maps() {
  const rows = fetchWeek('a');
  const trained = train.map(unmapped(rows), [0.1, 1, 10]);
  same<typeof trained, TaskFutureList<{ alpha: number; rmse: number }>>(true);
  const candidates = await trained;
  same<typeof candidates, { alpha: number; rmse: number }[]>(true);
  train.map([rows, rows], 1);
  train.map(unmapped([{ day: 'a', high: 1 }]), [1, 2]);
  fetchWeek.map(['a', untyped()]);
  const double = task((n: number) => n * 2);
  double.map([1, 2]);
  double.map(task(() => [1, 2])());
  double.map(double.map([1]));
  double.map([double(1), 2]);
  const sum = task((values: number[]) => values.length);
  sum(double.map([1, 2]));
  sum([double(1), 2]);
  // @ts-expect-error text is no number
  double.map(['a']);
  // @ts-expect-error the second argument is missing
  train.map(unmapped(rows));
}

export function marks() {
  const risky = train(fetchWeek('a'), 1);
  const report = task((given: { rmse: number } | Error) => String(given));
  report(allowFailure(risky));
  const plain = task((given: { rmse: number }) => given.rmse);
  plain(risky);
  // @ts-expect-error what accepts failures must take an Error, too
  plain(allowFailure(risky));
  const quoted: number[] = quote([1]);
  report.after(risky, train.map([[]], 1))({ rmse: quoted.length });
  // @ts-expect-error after() keeps the argument types
  report.after(risky)('text');
}

export function options() {
  task(
    { retries: 1, retryDelay: ['1s', 500], retryJitter: 0.5, retryIf: (error) => error instanceof RangeError },
    () => 1,
  );
  task({ cache: { key: ({ flowRun }, week: string) => `${flowRun.id}${week}` } }, (week: string) => week);
  task({ timeout: '5m', cache: { key: 'inputs', expires: '7d' }, occupies: { gpu: 1 } }, () => 1);
  fetchWeek.with({ retries: 10 })('2026-11-16');
  // @ts-expect-error it is called retryDelay
  task({ retryDelays: '1s' }, () => 1);
  // @ts-expect-error retries are counted
  task({ retries: 'twice' }, () => 1);
  // @ts-expect-error there is no such kind of key
  task({ cache: { key: 'input' } }, () => 1);
  // @ts-expect-error there is no such task runner
  flow({ runner: 'parralel' }, () => 1);
}

export function flows() {
  const typed = flow(
    { params: z.object({ week: z.number(), alphas: z.array(z.number()).default([1]), note: z.string().optional() }) },
    async ({ week, alphas, note }) => {
      same<typeof week, number>(true);
      same<typeof alphas, number[]>(true);
      same<typeof note, string | undefined>(true);
      return { week };
    },
  );
  same<
    typeof typed extends Flow<infer Params, infer Result> ? [Params, Result] : never,
    [{ week: number; alphas?: number[] | undefined; note?: string | undefined }, { week: number }]
  >(true);
  flow({ params: z.object({ week: z.number() }) }, (params) => {
    // @ts-expect-error there is no such parameter
    return params.weak;
  });
  flow(async function nightly() {
    return 1;
  });
}

export async function subflows() {
  const child = flow(
    { params: z.object({ week: z.number(), note: z.string().default('none') }) },
    async ({ week }) => ({ rows: week }),
  );
  const called = child({ week: 7 });
  same<typeof called, TaskFuture<{ rows: number }>>(true);
  const { rows } = await called;
  same<typeof rows, number>(true);
  child({ week: task(() => 7)(), note: untyped() });
  const again = flow(async () => 1);
  same<Awaited<ReturnType<typeof again>>, number>(true);
  again();
  again({ anything: true });
  train(flow(async (): Promise<Row[]> => [])(), 1);
  // @ts-expect-error the week is missing
  child({});
  // @ts-expect-error nothing at all is given
  child();
  // @ts-expect-error text is no week
  child({ week: untyped() });
}

export function givenDeep() {
  interface Plan {
    readonly name: string;
    readonly parts: { readonly rows: Row[]; readonly weights?: readonly number[] }[];
    readonly at: Date;
    readonly byName: Record<string, { score: number }>;
    readonly next?: Plan;
  }
  const carryOut = task((plan: Plan, on: boolean) => plan.parts.length + Number(on));
  const double = task((n: number) => n * 2);
  const rows = fetchWeek('a');
  const at = task(() => new Date())();
  carryOut({ name: 'a', parts: [{ rows: [{ day: 'a', high: 1 }] }], at: new Date(), byName: {} }, true);
  carryOut(
    {
      name: untyped(),
      parts: [
        { rows, weights: [double(1), 2] },
        { rows: [{ day: untyped(), high: double(1) }], weights: double.map([1]) },
      ],
      at,
      byName: { x: { score: double(3) } },
      next: { name: 'b', parts: [], at, byName: {} },
    },
    task(() => true)(),
  );
  // @ts-expect-error deep inside, a number's future is no text
  carryOut({ name: 'a', parts: [{ rows: [{ day: double(1), high: 1 }] }], at, byName: {} }, true);
  // @ts-expect-error a part is missing
  carryOut({ name: 'a', at, byName: {} }, true);
  // @ts-expect-error there is no such part
  carryOut({ name: 'a', parts: [], at, byName: {}, extra: 1 }, true);
}

export async function waiting() {
  const future = train([], 1);
  same<Awaited<ReturnType<typeof future.wait>>, boolean>(true);
  fetchWeek.with({ waitFor: [future, train.map([[]], 1)] })('a');
  fetchWeek.after(allowFailure(future), allowFailure(train.map([[]], 1)))('a');
  const list = allowFailure(train.map([[]], [1]));
  same<typeof list, TaskFutureList<{ alpha: number; rmse: number } | Error>>(true);
  await sleep('1h30m');
  await sleep(500);
  // @ts-expect-error a wait has a unit or is a number
  await sleep(true);
  // @ts-expect-error what has been awaited is no future any more
  fetchWeek.after(await future)('a');
  // @ts-expect-error only futures have failures
  allowFailure(7);
}

export function hooks() {
  const tell: Hook = async ({ flowRun, taskRun, state, error, params }) => {
    same<typeof flowRun.id, number>(true);
    same<typeof error, Error | null>(true);
    same<typeof params, unknown>(true);
    log.info(`${taskRun?.name ?? flowRun.flow} ${state.name}`);
  };
  flow({ onRunning: tell, onCompletion: [tell, () => {}], onFailure: () => 1, onCancellation: [] }, () => 1);
  task({ onFailure: ({ error }) => error?.message.trim() }, () => 1);
  sh({ name: 'x', onCompletion: tell })`true`;
  // @ts-expect-error it is called onCompletion
  flow({ onComplete: tell }, () => 1);
  // @ts-expect-error a hook is a function
  task({ onFailure: 'mail' }, () => 1);
  // @ts-expect-error a hook is told of no result
  task({ onCompletion: ({ result }) => result }, () => 1);
}

export function schemas() {
  const hand = {
    '~standard': {
      version: 1,
      vendor: 'hand',
      validate: (value: unknown) => ({ value: { week: Number(value) } }),
      types: undefined as { input: { week: string }; output: { week: number } } | undefined,
    },
  } as const;
  const typed = flow({ params: hand }, ({ week }) => {
    same<typeof week, number>(true);
    return week;
  });
  typed({ week: '7' });
  // @ts-expect-error what is given is what the schema takes, not what it gives
  typed({ week: 7 });
  // @ts-expect-error fields are no schema
  flow({ params: { week: z.number() } }, () => 1);
}

export async function shellAndModels() {
  const outcome = await sh({ name: 'train', retries: 2, timeout: '1h' })`./train.sh ${[0.1, 1]} ${untyped()} ${7}`;
  same<typeof outcome, ShellOutcome>(true);
  // @ts-expect-error an object is no word of a command
  sh`echo ${{ a: 1 }}`;
  const decision = await models.promoteIfBetter('m', train([], 1), {
    metric: 'rmse',
    goal: 'min',
    evaluate: (model) => {
      same<typeof model, { alpha: number; rmse: number }>(true);
      return model.rmse;
    },
  });
  same<typeof decision.promoted, boolean>(true);
  const { value } = await models.get<Row>('m');
  same<typeof value, Row>(true);
  const [first] = await models.decisions('m');
  same<NonNullable<typeof first>['candidateValue'], number | null>(true);
  // @ts-expect-error there are two goals
  models.promoteIfBetter('m', {}, { metric: 'rmse', goal: 'less', evaluate: () => 1 });
}

export async function secretsAndVariables() {
  same<Awaited<ReturnType<typeof secrets.get>>, string>(true);
  // @ts-expect-error a secret has a name
  secrets.get();
  // @ts-expect-error secrets are set by `weir secret set`
  secrets.set('TOKEN', 'x');
  const anything = await variables.get('threshold');
  same<typeof anything, VariableValue>(true);
  const threshold = await variables.get('threshold', 0.5);
  same<typeof threshold, number>(true);
  const named = await variables.get<{ week: number }>('last');
  same<typeof named, { week: number } | null>(true);
  await variables.set('last', { week: 7, alphas: [0.1, 1], best: null });
  // @ts-expect-error JSON has no word for a function
  variables.set('last', () => 1);
}

export async function deployments() {
  const nightly = flow(
    { params: z.object({ region: z.string(), days: z.number().default(7) }) },
    ({ region }) => region,
  );
  const applied = await deployment({
    flow: nightly,
    name: 'eu',
    schedule: '0 2 * * *',
    params: { region: 'eu' },
  }).apply();
  same<typeof applied, AppliedDeployment>(true);
  deployment({ flow: './nightly.yaml', storage: 'snapshot', include: ['data'], tags: ['nightly'], schedule: [] });
  // @ts-expect-error it is a deployment of something
  deployment({ name: 'eu' });
  // @ts-expect-error there are two kinds of storage
  deployment({ flow: nightly, storage: 'git' });
}
