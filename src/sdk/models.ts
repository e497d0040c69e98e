/**
 * The model registry as a flow sees it: register, get, compare with production, promote, roll back.
 * Values are kept by content beside the database; every read is checked against its hash.
 */
import { basename } from 'node:path';
import { decode, encode } from '../model/codec.ts';
import { WeirError } from '../model/errors.ts';
import { comparisonInWords } from '../model/promotion.ts';
import type {
  ModelContent,
  ModelLabels,
  ModelSelector,
  ModelStage,
  ModelVersion,
  PromotionDecision,
} from '../model/registered-model.ts';
import type { TaskFuture } from './future.ts';
import { runtime } from './runtime.ts';
import { Completed } from './states.ts';
import { defineTask, type TaskOptions } from './task.ts';

export type { ModelSelector, ModelStage, ModelVersion, PromotionDecision };

/** A version together with its value; `value` is undefined where a file was registered, which lies at `path`. */
export interface LoadedModel<Value> extends ModelVersion {
  readonly value: Value;
  readonly path: string;
}

export interface RegisterOptions {
  metrics?: Readonly<Record<string, number>>;
  params?: Readonly<Record<string, unknown>>;
  tags?: Readonly<Record<string, string>>;
}

export interface PromoteIfBetterOptions<Value> extends RegisterOptions {
  /** The figure's name, such as `'rmse'`. */
  metric: string;
  goal: 'min' | 'max';
  /** How much better the candidate must be, in the metric's unit. Default 0. */
  margin?: number;
  /** What even the first version must reach. */
  minimum?: number;
  /** Evaluates any version, the candidate and production alike, on the same held-out data. */
  /** `version` is that of the model it is asked about. */
  evaluate: (model: Value, version: ModelVersion) => number | Promise<number>;
  /** Names the held-out data in the decision, such as a hash or `'weeks 97-104'`. */
  data?: string;
}

/** A line of the model's decision log. Figures and rule are null where a person decided, not a comparison. */
export interface ModelDecision {
  readonly at: Date;
  readonly kind: 'compare' | 'promote' | 'rollback';
  /** The flow run that asked; null when the command line did. */
  readonly run: number | null;
  readonly metric: string | null;
  readonly goal: 'min' | 'max' | null;
  readonly margin: number | null;
  readonly candidate: number;
  readonly candidateValue: number | null;
  /** The version that was in Production before. */
  readonly production: number | null;
  readonly productionValue: number | null;
  readonly promoted: boolean;
  readonly reason: string;
  /** The held-out data's name, as `promoteIfBetter` was given it. */
  readonly data: string | null;
}

/** The same as the engine tells it. */
type DecisionRow = Omit<ModelDecision, 'at' | 'candidateValue' | 'productionValue' | 'data'> & {
  readonly at: number;
  readonly candidate_value: number | null;
  readonly production_value: number | null;
  readonly data_identity: string | null;
};

/** Evaluations that another promotion overtook are done again, this often. */
const OVERTAKEN_TRIES = 3;

export const models = Object.freeze({
  /**
   * Registers a value (anything Weir's codec keeps) or a file as the next version. Registering the same again from the
   * same task, as a resume does, gives the version that is already there.
   *
   * @example const { version } = await models.register('temperature', model, { metrics: { rmse: 1.9 } });
   * @example await models.register('classifier', { file: 'model.pkl' });
   */
  async register(name: string, model: unknown, options: RegisterOptions = {}): Promise<ModelVersion> {
    return register(name, model, options);
  },

  /**
   * A version with its value; without a selector the one in Production. Selectors are a number, a stage, an alias or
   * `latest`.
   *
   * @example const { value } = await models.get<Model>('temperature', 'champion');
   * @throws WeirError `not-found` when there is none
   */
  async get<Value = unknown>(name: string, selector: ModelSelector = 'Production'): Promise<LoadedModel<Value>> {
    const found = await load<Value>(name, selector);
    if (found === null)
      throw new WeirError('not-found', `the model "${name}" has no version "${selector}"`, {
        hint: `weir model inspect ${name}`,
      });
    return found;
  },

  /**
   * Where the version's file lies, for tools that read files. Never write to it.
   *
   * @example await sh`python serve.py --model ${await models.path('classifier')}`;
   * @throws WeirError `not-found` when there is none
   */
  async path(name: string, selector: ModelSelector = 'Production'): Promise<string> {
    return (await models.get(name, selector)).path;
  },

  /**
   * All versions, oldest first; empty when the model has none yet.
   *
   * @example const staged = (await models.list('temperature')).filter(({ stage }) => stage === 'Staging');
   */
  async list(name: string): Promise<readonly ModelVersion[]> {
    return (await runtime('models.list()').ask({ ask: 'list-models', model: name })) as ModelVersion[];
  },

  /**
   * Every comparison, promotion and rollback of the model, oldest first; empty when there is none yet.
   *
   * @example const last = (await models.decisions('temperature')).at(-1);
   */
  async decisions(name: string): Promise<readonly ModelDecision[]> {
    const rows = (await runtime('models.decisions()').ask({ ask: 'list-decisions', model: name })) as DecisionRow[];
    return rows.map(({ at, candidate_value, production_value, data_identity, ...row }) => ({
      at: new Date(at),
      kind: row.kind,
      run: row.run,
      metric: row.metric,
      goal: row.goal,
      margin: row.margin,
      candidate: row.candidate,
      candidateValue: candidate_value,
      production: row.production,
      productionValue: production_value,
      promoted: row.promoted,
      reason: row.reason,
      data: data_identity,
    }));
  },

  /**
   * Registers the candidate, evaluates it and production on the same data, and in one transaction either promotes it
   * and archives the former, or tags it as rejected. The decision with both figures is kept. This is a task of its own:
   * a resume does not decide twice.
   *
   * @example
   * const decision = await models.promoteIfBetter('temperature', best, {
   *   metric: 'rmse', goal: 'min', margin: 0.01, evaluate: (model) => rmseOnHeldOut(model, week),
   * });
   * @throws WeirError `invalid-value` when `evaluate` gives NaN
   */
  promoteIfBetter<Value>(
    name: string,
    candidate: Value | TaskFuture<Value>,
    options: PromoteIfBetterOptions<Value>,
  ): TaskFuture<PromotionDecision> {
    const { evaluate, ...rule } = options;
    const definition = defineTask(
      'promote',
      { name: `promote ${name}` } as TaskOptions<never[]>,
      (async (model: Value) => {
        const decision = await compareAndPromote(name, model, options);
        return Completed(comparisonInWords(decision), { result: decision });
      }) as (...args: never[]) => unknown,
      evaluate.toString(),
    );
    return runtime('models.promoteIfBetter()').call(definition, [candidate, rule]) as TaskFuture<PromotionDecision>;
  },

  /**
   * Puts a version into a stage by hand; Production archives the former.
   *
   * @example await models.promote('temperature', 7);
   * @throws WeirError `not-found` when there is no such version
   */
  async promote(name: string, selector: ModelSelector, stage: ModelStage = 'Production'): Promise<ModelVersion> {
    return (await runtime('models.promote()').ask({
      ask: 'promote-model',
      model: name,
      selector,
      stage,
    })) as ModelVersion;
  },

  /**
   * Undoes the last promotion: the former production version serves again.
   *
   * @example await models.rollback('temperature');
   * @throws WeirError `conflict` when there is nothing to go back to
   */
  async rollback(name: string): Promise<ModelVersion> {
    return (await runtime('models.rollback()').ask({ ask: 'roll-back-model', model: name })) as ModelVersion;
  },
});

/** What `promoteIfBetter` does, inside the task run that it is. */
export async function compareAndPromote<Value>(
  name: string,
  candidate: Value,
  options: PromoteIfBetterOptions<Value>,
): Promise<PromotionDecision> {
  const { ask } = runtime('models.promoteIfBetter()');
  const decided = (await ask({ ask: 'find-decision', model: name })) as PromotionDecision | null;
  if (decided !== null) return decided;
  const registered = await register(name, candidate, options);
  const candidateValue = await evaluated('the candidate', candidate, registered, options);
  for (let attempt = 1; ; attempt++) {
    const production = await load<Value>(name, 'Production');
    const productionValue =
      production === null
        ? null
        : await evaluated(`version ${production.version}`, production.value, production, options);
    try {
      return (await ask({
        ask: 'decide-promotion',
        model: name,
        rule: {
          metric: options.metric,
          goal: options.goal,
          margin: options.margin ?? 0,
          minimum: options.minimum ?? null,
          dataIdentity: options.data ?? null,
        },
        candidate: registered.version,
        candidateValue,
        production: production?.version ?? null,
        productionValue,
      })) as PromotionDecision;
    } catch (error) {
      // Somebody promoted another version while we evaluated: compare with that one.
      if ((error as { code?: string }).code !== 'conflict' || attempt === OVERTAKEN_TRIES) throw error;
    }
  }
}

async function evaluated<Value>(
  what: string,
  model: Value,
  version: ModelVersion,
  options: PromoteIfBetterOptions<Value>,
): Promise<number> {
  const value = await options.evaluate(model, version);
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new WeirError(
    'invalid-value',
    `evaluate gave ${String(value)} as ${options.metric} of ${what}; a finite number is needed to compare`,
  );
}

async function register(name: string, model: unknown, options: RegisterOptions): Promise<ModelVersion> {
  const labels: ModelLabels = {
    metrics: options.metrics ?? {},
    params: options.params ?? {},
    tags: options.tags ?? {},
  };
  return (await runtime('models.register()').ask({
    ask: 'register-model',
    model: name,
    content: contentOf(name, model),
    labels,
  })) as ModelVersion;
}

function contentOf(name: string, model: unknown): ModelContent {
  if (
    typeof model === 'object' &&
    model !== null &&
    'file' in model &&
    typeof model.file === 'string' &&
    Object.keys(model).length === 1
  ) {
    return { format: 'file', fileName: basename(model.file), path: model.file };
  }
  return { format: 'value', fileName: `${name}.json`, bytes: encode(model, 'model') };
}

async function load<Value>(name: string, selector: ModelSelector): Promise<LoadedModel<Value> | null> {
  const found = (await runtime('models.get()').ask({ ask: 'get-model', model: name, selector })) as {
    version: ModelVersion;
    bytes: Uint8Array | null;
    path: string;
  } | null;
  if (found === null) return null;
  // A file is handed to `evaluate` as its path: only its owner knows how to read it.
  const value = found.bytes === null ? ({ file: found.path } as Value) : (decode(found.bytes) as Value);
  return { ...found.version, value, path: found.path };
}
