/**
 * `weir model promote-if-better`: the registry's comparison for any language. Candidate and production are both
 * evaluated now, by the same command, and the registry decides in one transaction.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { constants } from 'node:os';
import { EXIT, WeirError } from '../../model/errors.ts';
import { comparisonInWords } from '../../model/promotion.ts';
import type { PromotionDecision, PromotionRule } from '../../model/registered-model.ts';
import type { Origin } from '../../store/registry.ts';
import { print, printJson, say } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { withEngine } from '../session.ts';
import { registerFile, whoDecides } from './model-change.ts';
import { type Evaluation, evaluate } from './model-evaluation.ts';
import { parseNumber } from './model-labels.ts';
import { originOf } from './task-origin.ts';

interface CompareFlags extends GlobalFlags {
  readonly metric: string;
  readonly goal: string;
  readonly margin?: string;
  readonly minimum?: string;
  readonly evaluate: string;
  readonly data?: readonly string[];
}

/** Evaluations that another promotion overtook are done again, this often. */
const OVERTAKEN_TRIES = 3;

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export async function promoteIfBetter([name, file]: [string, string], flags: CompareFlags): Promise<number> {
  const rule = await parseRule(flags);
  // A process of its own among the others: if it dies, what its evaluation started is looked for.
  return withEngine(flags, 'run', async (engine) => {
    const origin = await originOf(engine, process.env);
    const earlier = origin && engine.store.registry.findDecision(origin.flowRunId, origin.taskRunId, name);
    if (earlier) say(`this task has decided about version ${earlier.candidate} already; ${file} was not compared`);
    const minded = mindSignals();
    try {
      const evaluation = { engine, command: flags.evaluate, metric: rule.metric, signal: minded.signal };
      const decision = earlier ?? (await compare(evaluation, name, file, rule, origin));
      if (flags.json) printJson(decisionJson(name, rule, decision));
      else print(comparisonInWords(decision));
      return EXIT.ok;
    } catch (error) {
      if (!minded.signal.aborted) throw error;
      say(`${minded.signal.reason}: nothing was decided`);
      return 128 + constants.signals[minded.signal.reason as NodeJS.Signals];
    } finally {
      minded.stop();
    }
  });
}

/** The first signal ends the evaluation with all it started, the second one ends Weir at once. */
function mindSignals(): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const take = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(128 + constants.signals[name]);
    controller.abort(name);
  };
  for (const name of ENDING) process.on(name, take);
  const stop = () => {
    for (const name of ENDING) process.off(name, take);
  };
  return { signal: controller.signal, stop };
}

async function compare(
  evaluation: Evaluation,
  model: string,
  file: string,
  rule: PromotionRule,
  origin: Origin | null,
): Promise<PromotionDecision> {
  const { engine } = evaluation;
  const { registry, writer } = engine.store;
  const labels = { metrics: {}, params: {}, tags: {} };
  const candidate = await registerFile(engine, { model, file, labels, origin, now: engine.now() });
  const candidateValue = await evaluate(evaluation, candidate);
  for (let attempt = 1; ; attempt++) {
    const production = registry.list(model).find((version) => version.stage === 'Production') ?? null;
    const productionValue = production && (await evaluate(evaluation, production));
    const decidedBy = whoDecides(origin);
    const compared = {
      candidate: candidate.version,
      candidateValue,
      production: production?.version ?? null,
      productionValue,
    };
    try {
      const request = { model, rule, ...compared, origin, decidedBy };
      return await writer.write(() => registry.decide({ ...request, now: engine.now() }));
    } catch (error) {
      if (!(error instanceof WeirError && error.code === 'conflict') || attempt === OVERTAKEN_TRIES) throw error;
      say(`${error.message}: comparing again`);
    }
  }
}

async function parseRule({ metric, goal, margin, minimum, data }: CompareFlags): Promise<PromotionRule> {
  if (goal !== 'min' && goal !== 'max')
    throw new WeirError('usage', `--goal is "${goal}"; it must be min (lower is better) or max (higher is better)`);
  if (metric.trim() === '' || metric.includes('='))
    throw new WeirError('usage', `--metric is "${metric}"; it must be the figure's name`, { hint: '--metric rmse' });
  const rule = {
    metric,
    goal,
    margin: margin === undefined ? 0 : parseNumber('--margin', margin),
    minimum: minimum === undefined ? null : parseNumber('--minimum', minimum),
    dataIdentity: data === undefined ? null : `sha256:${await hashOf(data)}`,
  } as const;
  if (rule.margin < 0)
    throw new WeirError('usage', `--margin is ${margin}, and less than 0 would promote a worse model`, {
      hint: `give 0 or more, in the unit of ${metric}`,
    });
  return rule;
}

/** Of all bytes, one file after the other: the same as `cat FILES | sha256sum`. */
async function hashOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    try {
      for await (const piece of createReadStream(file) as AsyncIterable<Buffer>) hash.update(piece);
    } catch (cause) {
      throw new WeirError('file-system', `the data file ${file} cannot be read: ${(cause as Error).message}`, {
        hint: 'check its name and its rights; nothing was registered',
        cause,
      });
    }
  }
  return hash.digest('hex');
}

function decisionJson(name: string, { metric, goal, margin }: PromotionRule, decision: PromotionDecision) {
  return {
    schema: 'weir.model-decision/1',
    name,
    metric,
    goal,
    margin,
    candidate: decision.candidate,
    candidate_value: decision.candidateValue,
    production: decision.production,
    production_value: decision.productionValue,
    promoted: decision.promoted,
    reason: decision.reason,
  };
}
