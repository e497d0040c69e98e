/**
 * The runtime that the SDK finds in this thread: addresses what user code tells and asks with the scope it runs in.
 * The same for the runner's own thread and for the threads of the parallel task runner; only the line differs.
 */
import { WeirError } from '../model/errors.ts';
import type { LogLevel } from '../model/message.ts';
import type { FlowDefinition } from '../sdk/flow.ts';
import { installRuntime, type Runtime } from '../sdk/runtime.ts';
import type { TaskDefinition } from '../sdk/task.ts';
import { sleepHere } from './delay.ts';
import { encodeFields } from './fields.ts';
import { type Line, type Scope, scopes } from './scope.ts';

/** What makes task calls; absent in threads of the parallel task runner. */
export type CallMaker = Pick<Runtime, 'call' | 'map' | 'shell' | 'sleep'>;

export interface RuntimeParts {
  line: Line | null;
  calls: CallMaker | null;
  readonly tasks: { add(task: TaskDefinition): void };
  readonly loadZod: () => Record<PropertyKey, unknown>;
}

/** Installs the runtime; `parts.line` and `parts.calls` are filled in when a run starts. */
export function installRunnerRuntime(parts: RuntimeParts): void {
  const here = (what: string): { scope: Scope; line: Line } => {
    const scope = scopes.getStore();
    if (scope !== undefined && parts.line !== null) return { scope, line: parts.line };
    throw new WeirError(
      'outside-flow',
      `${what} was called while the file was being loaded, outside a flow's function`,
      {
        hint: 'move the call into the function of a flow or a task',
      },
    );
  };
  const callMaker = (what: string): CallMaker => {
    const { scope } = here(what);
    if (parts.calls !== null) return parts.calls;
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
    call: (task, args) => callMaker(`the task "${task.name}"`).call(task, args),
    map: (task, args) => callMaker(`the task "${task.name}"`).map(task, args),
    callFlow(flow: FlowDefinition): never {
      here(`the flow "${flow.name}"`);
      throw new WeirError(
        'outside-flow',
        `the flow "${flow.name}" was called inside a flow; subflows are not supported by this version`,
        {
          hint: 'make it a plain function that calls tasks',
        },
      );
    },
    shell: (script, values, options) => callMaker('sh').shell(script, values, options),
    sleep(ms) {
      const { scope } = here('sleep()');
      return scope.taskName === null ? callMaker('sleep()').sleep(ms) : sleepHere(ms, scope.signal);
    },
    ask(request) {
      const { scope, line } = here(request.ask);
      return line.ask(request, scope.call);
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
