/**
 * A YAML file to its flow, with the flows that it calls. Files it names are read when it is loaded, so that they are part
 * of the code version that its runs begin with; TypeScript among them is imported only where it is called.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { nearest, WeirError } from '../model/errors.ts';
import { type FlowDefinition, isFlow } from '../sdk/flow.ts';
import { kebabCase } from '../sdk/names.ts';
import type { CodeVersion } from './code-version.ts';
import { flowOfYaml } from './graph/flow-of-yaml.ts';
import { importModule } from './import-module.ts';
import { type LoadedFile, YAML_ENTRY } from './loaded-file.ts';
import type { YamlParts } from './yaml/module.ts';
import type { YamlFlow, YamlWork } from './yaml/yaml-flow.ts';

type FlowWork = Extract<YamlWork, { kind: 'flow' }>;

const YAML_FILE = /\.ya?ml$/;
const SCRIPT_FILE = /\.[cm]?[jt]s$/;

export function isYamlPath(path: string): boolean {
  return YAML_FILE.test(path);
}

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
    const called = flow.tasks.flatMap(({ work }) => (work.kind === 'flow' ? [this.#fileOf(path, work)] : []));
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
    for (const file of called) if (isYamlPath(file)) this.load(file);
    return definition;
  }

  #parse(path: string): YamlFlow {
    const known = this.#parsed.get(path);
    if (known !== undefined) return known;
    let text: string;
    try {
      text = this.#version.readSource(path);
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
      return isYamlPath(file) && this.#isShared(file, seen);
    });
  }

  /** The file of what `flow:` names: as written, else the one in the same folder that has a flow of that name. */
  #fileOf(path: string, { file, flow, text }: FlowWork): string {
    const folder = dirname(path);
    if (file !== null) {
      const whole = resolve(folder, file);
      if (this.#version.isGiven(whole) || (existsSync(whole) && statSync(whole).isFile())) return whole;
      const near = existsSync(dirname(whole)) ? nearest(basename(whole), readdirSync(dirname(whole))) : undefined;
      throw new WeirError('invalid-flow', `${shortPath(path)} calls flow: ${text}, and there is no file ${whole}`, {
        hint: near === undefined ? 'its path counts from the folder of this file' : `did you mean ${near}?`,
      });
    }
    const files = readdirSync(folder).filter((name) => isYamlPath(name) || SCRIPT_FILE.test(name));
    const found = files.map((name) => join(folder, name)).find((each) => this.#mayHold(each, flow ?? text));
    if (found !== undefined) return found;
    throw new WeirError(
      'invalid-flow',
      `${shortPath(path)} calls flow: ${text}, and no file in ${folder} has a flow of that name`,
      {
        hint: `name its file: flow: ./${kebabCase(text)}.yaml`,
      },
    );
  }

  /** By its file's name, or by a name that is written in it. */
  #mayHold(file: string, name: string): boolean {
    const written = readFileSync(file, 'utf8');
    if (isYamlPath(file)) {
      if (!/^(["']?)tasks\1\s*:/m.test(written)) return false;
      const own = /^name\s*:\s*(["']?)(.+?)\1\s*(?:#.*)?$/m.exec(written)?.[2];
      return (own ?? kebabCase(basename(file).replace(YAML_FILE, ''))) === name;
    }
    if (!/(from|import)\s*\(?\s*['"]weir['"]/.test(written)) return false;
    const names = [...written.matchAll(/\bname\s*:\s*(['"`])(.+?)\1/g)].map((match) => match[2]);
    return names.includes(name) || kebabCase(basename(file).replace(SCRIPT_FILE, '')) === name;
  }

  async #find(path: string, work: FlowWork): Promise<FlowDefinition> {
    const file = this.#fileOf(path, work);
    if (isYamlPath(file)) return this.load(file);
    const exported = await importModule(pathToFileURL(file).href);
    const flows = Object.entries(exported).flatMap(([entry, value]): [string, FlowDefinition][] =>
      isFlow(value) ? [[entry, (value as unknown as { definition: FlowDefinition }).definition]] : [],
    );
    const [only] = flows;
    if (work.flow === null && flows.length === 1 && only !== undefined) return only[1];
    const wanted = work.flow ?? 'default';
    const found = flows.find(([entry, { name }]) => entry === wanted || name === wanted);
    if (found !== undefined) return found[1];
    const names = [...new Set(flows.map(([entry, { name }]) => name ?? entry))].join(', ');
    throw new WeirError('invalid-flow', `${file} exports no flow "${wanted}"; it exports ${names || 'none'}`, {
      hint: `name one of them: flow: ${work.file ?? basename(file)}:NAME`,
    });
  }
}

function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') || short === '' ? path : short;
}
