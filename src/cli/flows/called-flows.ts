/**
 * What `weir check` tells of the flows that a YAML flow calls: that one is not there, cannot be run itself, or calls back
 * for ever. In the words in which a run would be refused.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { WeirError } from '../../model/errors.ts';
import type { FlowDescription } from '../../model/flow-description.ts';
import { isYamlFile } from '../../model/flow-file.ts';
import { commandLine } from '../../model/shell-word.ts';
import { calledExport, calledFile, type FlowWork, shortPath } from '../../runner/called-flow.ts';
import { YAML_ENTRY } from '../../runner/loaded-file.ts';
import { type ParsedYaml, parseYamlFlow } from '../../runner/yaml/parse.ts';
import type { YamlFlow, YamlTask } from '../../runner/yaml/yaml-flow.ts';

/** What a TypeScript file exports. */
export type Describe = (path: string) => Promise<readonly FlowDescription[]>;

type CallingTask = YamlTask & { readonly work: FlowWork };

/** Complains at the `flow:` of each task whose flow cannot be called. `path`: of the flow file. */
export async function judgeCalledFlows(
  path: string,
  flow: YamlFlow,
  complain: ParsedYaml['complain'],
  describe: Describe,
): Promise<void> {
  await new CalledFlows(describe).judge(resolve(path), flow, complain);
}

class CalledFlows {
  readonly #describe: Describe;
  readonly #parsed = new Map<string, ParsedYaml>();
  /** Those whose own calls are judged, or were: flows may call each other. */
  readonly #judged = new Set<string>();

  constructor(describe: Describe) {
    this.#describe = describe;
  }

  async judge(path: string, flow: YamlFlow, complain: ParsedYaml['complain']): Promise<void> {
    this.#judged.add(path);
    for (const task of callsOf(flow)) {
      // A file that is named and missing has been told.
      if (task.work.file !== null && !existsSync(resolve(dirname(path), task.work.file))) continue;
      const at = ['tasks', task.name, 'flow'];
      try {
        await this.#refuse(path, task.work);
        const circle = isUnconditional(task) ? this.#circle(path, calledFile(path, task.work)) : null;
        if (circle !== null)
          complain(
            'warning',
            at,
            `these flows call each other without end: ${circle.map(shortPath).join(' -> ')}`,
            'give one of the tasks that call an if',
          );
      } catch (error) {
        if (!(error instanceof WeirError)) throw error;
        complain('error', at, error.message, error.hint ?? null);
      }
    }
  }

  /** @throws WeirError for what cannot be called */
  async #refuse(path: string, work: FlowWork): Promise<void> {
    const file = calledFile(path, work);
    if (!isYamlFile(file)) return void calledExport(file, work, await this.#describe(file));
    const parsed = this.#parse(file);
    if (parsed.flow !== null && !this.#judged.has(file)) await this.judge(file, parsed.flow, parsed.complain);
    const errors = parsed.problems.filter(({ severity }) => severity === 'error').length;
    if (errors > 0 || parsed.flow === null)
      throw new WeirError(
        'invalid-flow',
        `${shortPath(file)}, which is called, has ${errors} error${errors === 1 ? '' : 's'}`,
        { hint: `they are told by ${commandLine('weir', 'check', shortPath(file))}` },
      );
    calledExport(file, work, [{ entry: YAML_ENTRY, name: parsed.flow.name }]);
  }

  /**
   * The files from `path` by way of `next` back to it, all of whose calls are made in any case; null: there is no such way.
   * `seen`: those that do not lead there, or are on the way.
   */
  #circle(path: string, next: string, seen: Set<string> = new Set()): string[] | null {
    if (next === path) return [path, path];
    if (!isYamlFile(next) || seen.has(next)) return null;
    seen.add(next);
    const { flow } = this.#parse(next);
    for (const task of flow === null ? [] : callsOf(flow).filter(isUnconditional)) {
      const rest = this.#circle(path, calledFile(next, task.work), seen);
      if (rest !== null) return [path, next, ...rest.slice(1)];
    }
    return null;
  }

  #parse(file: string): ParsedYaml {
    return this.#parsed.getOrInsertComputed(file, () => parseYamlFlow(readFileSync(file), { path: file }));
  }
}

function callsOf({ tasks }: YamlFlow): CallingTask[] {
  return tasks.filter((task): task is CallingTask => task.work.kind === 'flow');
}

function isUnconditional({ condition, forEach }: YamlTask): boolean {
  return condition === null && forEach === null;
}
