/**
 * The runtime that the SDK finds in this thread: addresses what user code tells and asks with the scope it runs in.
 * The same for the runner's own thread and for the threads of the parallel task runner; only the line differs.
 */
import type { AppliedDeployment, DeploymentWish } from '../model/deployment-wish.ts';
import { WeirError } from '../model/errors.ts';
import type { LogLevel } from '../model/report.ts';
import type { FlowDefinition } from '../sdk/flow.ts';
import { installRuntime } from '../sdk/runtime.ts';
import type { TaskDefinition } from '../sdk/task.ts';
import { sleepHere } from './delay.ts';
import { encodeFields } from './fields.ts';
import { type CallMaker, type Line, type Scope, scopes } from './scope.ts';

export interface RuntimeParts {
  readonly tasks: { add(task: TaskDefinition): void };
  readonly flows: { add(flow: FlowDefinition): void };
  readonly loadZod: () => Record<PropertyKey, unknown>;
  /** Deployments that a file declares while it is loaded. */
  readonly wishes?: { push(wish: DeploymentWish): unknown };
}

/** Installs the runtime; `parts.line` and `parts.calls` are filled in when a run starts. */
export function installRunnerRuntime(parts: RuntimeParts): void {
  const here = (what: string): { scope: Scope; line: Line } => {
    const scope = scopes.getStore();
    if (scope !== undefined) return { scope, line: scope.line };
    throw new WeirError(
      'outside-flow',
      `${what} was called while the file was being loaded, outside a flow's function`,
      {
        hint: 'move the call into the function of a flow or a task',
      },
    );
  };
  const callMaker = (what: string): CallMaker => {
    const { scope, line } = here(what);
    if (scope.hook !== undefined)
      throw new WeirError('outside-flow', `${what} was called in the hook ${scope.hook}; hooks call no tasks`, {
        hint: 'do it in the hook itself, or in a task at the end of the flow',
      });
    if (line.callMaker !== null) return line.callMaker;
    throw new WeirError(
      'outside-flow',
      `${what} was called inside the task "${scope.taskName}", which the parallel task runner runs on another thread`,
      {
        hint: "call it from the flow, or use runner: 'concurrent'",
      },
    );
  };

  installRuntime({
    define: (task) => parts.tasks.add(task),
    defineFlow: (flow) => parts.flows.add(flow),
    call: (task, args) => callMaker(`the task "${task.name}"`).call(task, args),
    map: (task, args) => callMaker(`the task "${task.name}"`).map(task, args),
    callFlow: (flow, params) => callMaker(`the flow "${flow.name ?? 'of this file'}"`).callFlow(flow, params),
    shell: (script, values, options) => callMaker('sh').shell(script, values, options),
    sleep(ms) {
      const { scope } = here('sleep()');
      return scope.taskName === null && scope.hook === undefined
        ? callMaker('sleep()').sleep(ms)
        : sleepHere(ms, scope.signal);
    },
    ask(request) {
      const { scope, line } = here(request.ask);
      return line.ask(request, scope.call);
    },
    async applyDeployment(wish) {
      const scope = scopes.getStore();
      if (scope !== undefined)
        return (await scope.line.ask({ ask: 'apply-deployment', wish }, scope.call)) as AppliedDeployment;
      parts.wishes?.push(wish);
      const deployment = `${wish.flow ?? wish.path}/${wish.name}`;
      return { deployment, action: 'declared', version: null, changed: [] };
    },
    log(level: LogLevel, text: string, fields: object | undefined) {
      const { scope, line } = here('log');
      const encoded = encodeFields(fields);
      line.report({
        kind: 'log',
        call: scope.call,
        stream: 'log',
        level,
        at: Date.now(),
        text: String(text),
        ...(encoded === null ? {} : { fields: encoded }),
      });
    },
    metric(name, value) {
      const { scope, line } = here('metric()');
      line.report({ kind: 'metric', call: scope.call, name, value, at: Date.now() });
    },
    progress(done, total, label) {
      const { scope, line } = here('progress()');
      line.report({ kind: 'progress', call: scope.call, done, total, label });
    },
    artifact(content) {
      const { scope, line } = here('artifact');
      line.report({ kind: 'artifact', call: scope.call, at: Date.now(), ...content });
    },
    context() {
      const { scope, line } = here('context()');
      return line.contextOf(scope);
    },
    loadZod: parts.loadZod,
  });
}
