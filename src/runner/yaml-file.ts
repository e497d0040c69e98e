/**
 * A YAML file to its flow, with the flows that it calls. Files it names are read when it is loaded, so that they are part
 * of the code version that its runs begin with; TypeScript among them is imported only where it is called.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { WeirError } from '../model/errors.ts';
import { isYamlFile } from '../model/flow-file.ts';
import type { FlowDefinition } from '../sdk/flow.ts';
import { calledExport, calledFile, type FlowWork, shortPath } from './called-flow.ts';
import type { CodeVersion } from './code-version.ts';
import { flowOfYaml } from './graph/flow-of-yaml.ts';
import { importModule } from './import-module.ts';
import { exportedFlows, type LoadedFile, YAML_ENTRY } from './loaded-file.ts';
import type { YamlParts } from './yaml/module.ts';
import type { YamlFlow } from './yaml/yaml-flow.ts';

/** @throws WeirError `invalid-flow` with all that is wrong with the file */
export function loadYamlFile(path: string, version: CodeVersion, yaml: YamlParts): LoadedFile {
  const definition = new YamlFiles(version, yaml).load(path);
  return { path, flows: [{ name: definition.name as string, entry: YAML_ENTRY, definition }] };
}

class YamlFiles {
  readonly #version: CodeVersion;
  readonly #yaml: YamlParts;
  readonly #loaded = new Map<string, FlowDefinition>();
  readonly #parsed = new Map<string, YamlFlow>();

  constructor(version: CodeVersion, yaml: YamlParts) {
    this.#version = version;
    this.#yaml = yaml;
  }

  load(path: string): FlowDefinition {
    const known = this.#loaded.get(path);
    if (known !== undefined) return known;
    const flow = this.#parse(path);
    const calls = flow.tasks.flatMap(({ work }) =>
      work.kind === 'flow' ? [{ work, file: this.#fileOf(path, work) }] : [],
    );
    const definition = flowOfYaml({
      path,
      flow,
      yaml: this.#yaml,
      code: this.#version.sourceOf(path),
      isShared: this.#isShared(path, new Set()),
      findFlow: (work) => this.#find(path, work),
      ended: new Map(),
    });
    this.#loaded.set(path, definition);
    for (const { work, file } of calls) if (isYamlFile(file)) this.#loadCalled(file, work);
    return definition;
  }

  /** A name that is given with the file must be that of its flow. */
  #loadCalled(file: string, work: FlowWork): FlowDefinition {
    const definition = this.load(file);
    calledExport(file, work, [{ entry: YAML_ENTRY, name: definition.name as string }]);
    return definition;
  }

  #parse(path: string): YamlFlow {
    const known = this.#parsed.get(path);
    if (known !== undefined) return known;
    let text: string | Uint8Array;
    try {
      text = this.#version.readSource(path);
      // Of bytes that are no UTF-8 nothing is left in a text: the file itself says whether they are, and where.
      if (text.includes('\uFFFD') && !this.#version.isGiven(path)) text = readFileSync(path);
    } catch (cause) {
      throw new WeirError('invalid-flow', `${path} cannot be read: ${(cause as Error).message}`, { cause });
    }
    const { flow, problems } = this.#yaml.parseYamlFlow(text, { path });
    this.#yaml.refuseProblems(shortPath(path), problems);
    if (flow === null) throw new WeirError('internal', `${path} has no errors, and yet is no flow`);
    this.#parsed.set(path, flow);
    return flow;
  }

  /** Neither it nor what it calls loads code of the user's. */
  #isShared(path: string, seen: Set<string>): boolean {
    if (seen.has(path)) return true;
    seen.add(path);
    return this.#parse(path).tasks.every(({ work }) => {
      if (work.kind !== 'flow') return true;
      const file = this.#fileOf(path, work);
      return isYamlFile(file) && this.#isShared(file, seen);
    });
  }

  #fileOf(path: string, work: FlowWork): string {
    return calledFile(path, work, (file) => this.#version.isGiven(file));
  }

  async #find(path: string, work: FlowWork): Promise<FlowDefinition> {
    const file = this.#fileOf(path, work);
    if (isYamlFile(file)) return this.#loadCalled(file, work);
    const exported = await importModule(pathToFileURL(file).href);
    return calledExport(file, work, exportedFlows(file, exported)).definition;
  }
}
