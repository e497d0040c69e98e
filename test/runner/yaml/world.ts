/** YAML flows as tests write them: read, with problems told in one line each. */
import { type ParseOptions, parseYamlFlow } from '../../../src/runner/yaml/parse.ts';
import type { YamlFlow, YamlTask } from '../../../src/runner/yaml/yaml-flow.ts';

/** `3:5: message | hint`, warnings with their word. */
export function problemsOf(text: string | Uint8Array, options: Partial<ParseOptions> = {}): string[] {
  const { problems } = parseYamlFlow(text, { path: '/flows/nightly.yaml', ...options });
  return problems.map(
    ({ severity, line, column, message, hint }) =>
      `${line}:${column}: ${severity === 'warning' ? 'warning: ' : ''}${message}${hint === null ? '' : ` | ${hint}`}`,
  );
}

/** The flow of a text that must be valid. */
export function flowOf(text: string, options: Partial<ParseOptions> = {}): YamlFlow {
  const { flow } = parseYamlFlow(text, { path: '/flows/nightly.yaml', ...options });
  if (flow === null) throw new Error(`not valid:\n${problemsOf(text, options).join('\n')}`);
  return flow;
}

export function taskOf(text: string, name: string): YamlTask {
  const task = flowOf(text).tasks.find((each) => each.name === name);
  if (task === undefined) throw new Error(`no task ${name}`);
  return task;
}

/** A flow of one task with these lines. */
export function taskLines(...lines: string[]): string {
  return `tasks:\n  t:\n${lines.map((line) => `    ${line}`).join('\n')}\n`;
}
