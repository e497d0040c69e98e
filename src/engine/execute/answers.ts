/** What a runner may ask the engine: cached results, places in limits, the model registry, secrets and variables. */
import type { AppliedDeployment, DeploymentWish } from '../../model/deployment-wish.ts';
import { WeirError } from '../../model/errors.ts';
import type { ModelVersion } from '../../model/registered-model.ts';
import type { CachedAnswer, EndedTask, SubflowRequest } from '../../model/request.ts';
import { isFinal } from '../../model/state.ts';
import { parseVariableName, type Variable, variableText } from '../../model/variable.ts';
import type { SourceRequest } from '../../pool/source.ts';
import type { Store } from '../../store/store.ts';
import type { ProjectCopies } from '../deploy/project-copies.ts';
import type { ActiveRun } from './active-run.ts';
import { contentFile } from './large-results.ts';
import type { LimitKeeper } from './limits.ts';
import type { RunSecrets } from './run-secrets.ts';

export interface Answers {
  answer(run: ActiveRun, request: AnswerableRequest): Promise<unknown>;
}

export interface AnswersParts {
  readonly store: Store;
  readonly now: () => number;
  readonly limits: Pick<LimitKeeper, 'acquire'>;
  readonly secrets: RunSecrets;
  readonly copies: Pick<ProjectCopies, 'of'>;
  readonly applyDeployment: (wish: DeploymentWish) => Promise<AppliedDeployment>;
}

/** What is answered here; commands are the pool's affair, subflows that of subflows.ts. */
export type AnswerableRequest = Exclude<SourceRequest, SubflowRequest>;

type NamedValueRequest = Extract<
  AnswerableRequest,
  { ask: 'get-secret' | 'get-variable' | 'variables' | 'set-variable' }
>;
type ModelRequest = Exclude<
  AnswerableRequest,
  | NamedValueRequest
  | { ask: 'cached-result' | 'ended-tasks' | 'acquire' | 'keep-file' | 'project-copy' | 'apply-deployment' }
>;

export function createAnswers({ store, now, limits, secrets, copies, applyDeployment }: AnswersParts): Answers {
  const { writer } = store;
  async function aboutModels(run: ActiveRun, request: ModelRequest): Promise<unknown> {
    const { registry, content } = store;
    const by = `run ${run.row.id}`;
    const origin = () => ({
      flowRunId: run.row.id,
      taskRunId: 'call' in request && request.call !== null ? (run.byCall.get(request.call)?.id ?? null) : null,
    });
    switch (request.ask) {
      case 'register-model': {
        const { model } = request;
        const labels = secrets.texts(run, request.labels);
        const { format, fileName } = request.content;
        const { hash, size } =
          request.content.format === 'value'
            ? content.put(request.content.bytes)
            : await content.putFile(request.content.path);
        return writer.write(() =>
          registry.register({ model, contentHash: hash, size, format, fileName, labels, origin: origin(), now: now() }),
        );
      }
      case 'get-model': {
        const version = orNull(() => registry.get(request.model, request.selector));
        if (version === null) return null;
        const what = `version ${version.version} of model "${version.model}"`;
        const bytes = version.format === 'value' ? content.read(version.contentHash, what) : null;
        // Bytes are verified as they are read; a file is read by others, who get only its path.
        const path =
          bytes === null ? await content.verifiedPath(version.contentHash, what) : content.pathOf(version.contentHash);
        return { version, bytes, path };
      }
      case 'list-models':
        return orNull(() => registry.list(request.model).toReversed()) ?? ([] satisfies ModelVersion[]);
      case 'list-decisions':
        return orNull(() => registry.decisions(request.model).toReversed()) ?? [];
      case 'find-decision':
        return writer.write(() => registry.findDecision(run.row.id, origin().taskRunId, request.model));
      case 'decide-promotion': {
        const { ask: _ask, call: _call, ...decision } = request;
        const dataIdentity = secrets.texts(run, decision.rule.dataIdentity);
        const rule = { ...decision.rule, dataIdentity };
        return writer.write(() => registry.decide({ ...decision, rule, origin: origin(), decidedBy: by, now: now() }));
      }
      case 'promote-model': {
        const { model, selector, stage } = request;
        return writer.write(() => registry.promote({ model, selector, stage, by, origin: origin(), now: now() }));
      }
      case 'roll-back-model':
        return writer.write(() => registry.rollback({ model: request.model, by, origin: origin(), now: now() }));
    }
  }

  function cachedResult(key: string): CachedAnswer | null {
    const cached = store.taskRuns.newestCached(key, now());
    if (cached === null) return null;
    const { run, task, result, resultHash: hash, resultSize: size } = cached;
    return { run, task, result, content: hash === null ? null : contentFile(store, { hash, size }) };
  }

  function endedTasks({ row, attempt }: ActiveRun): EndedTask[] {
    const rows = store.taskRuns.ofRun(row.id);
    return rows
      .filter((task) => task.parentTaskId === null && task.flowAttempt === attempt && isFinal(task.state.type))
      .map(({ name, state, result, resultHash: hash, resultSize: size }) => ({
        name,
        state: state.type,
        result,
        content: hash === null ? null : contentFile(store, { hash, size: size ?? 0 }),
      }));
  }

  async function aboutNamedValues(run: ActiveRun, request: NamedValueRequest): Promise<unknown> {
    const { variables } = store;
    switch (request.ask) {
      case 'get-secret':
        return (await secrets.open(run, [request.name])).get(request.name);
      case 'get-variable': {
        const row = variables.byName(request.name);
        return row === null ? null : ({ value: JSON.parse(row.value) } satisfies Variable);
      }
      case 'variables':
        return Object.fromEntries(variables.all().map(({ name, value }) => [name, JSON.parse(value)]));
      case 'set-variable': {
        const name = parseVariableName(request.name);
        const text = variableText(name, request.value);
        secrets.refuseIn(run, text, `the value for the variable ${name}`);
        await writer.write(() => variables.put(name, text, now()));
        return null;
      }
    }
  }

  return {
    async answer(run, request) {
      switch (request.ask) {
        case 'acquire':
          return limits.acquire(run, request);
        case 'cached-result':
          return cachedResult(request.key);
        case 'ended-tasks':
          return endedTasks(run);
        case 'keep-file':
          return store.keepFile(request.path);
        case 'apply-deployment': {
          secrets.refuseIn(run, JSON.stringify(request.wish), `the deployment "${request.wish.name}"`);
          return applyDeployment(request.wish);
        }
        case 'project-copy':
          return run.row.snapshotHash === null ? null : copies.of(run.row.id, run.row.snapshotHash);
        case 'get-secret':
        case 'get-variable':
        case 'variables':
        case 'set-variable':
          return aboutNamedValues(run, request);
        default:
          return aboutModels(run, request);
      }
    },
  };
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof WeirError && error.code === 'not-found') return null;
    throw error;
  }
}
