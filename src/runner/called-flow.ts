/**
 * Which flow it is that a task of a YAML flow calls by `flow:`: its file, and its export there. One answer for a run and
 * for `weir check`. Reads folders and the text of files; loads none of them.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { nearest, WeirError } from '../model/errors.ts';
import { isScriptFile, isYamlFile, stemOf } from '../model/flow-file.ts';
import { kebabCase } from '../model/flow-name.ts';
import type { YamlWork } from './yaml/yaml-flow.ts';

export type FlowWork = Extract<YamlWork, { kind: 'flow' }>;

/**
 * As written, else the file in the same folder that has a flow of that name.
 * @throws WeirError `invalid-flow` when there is none
 */
export function calledFile(
  path: string,
  { file, flow, text }: FlowWork,
  isGiven: (file: string) => boolean = () => false,
): string {
  const folder = dirname(path);
  if (file !== null) {
    const whole = resolve(folder, file);
    if (isGiven(whole) || (existsSync(whole) && statSync(whole).isFile())) return whole;
    const near = existsSync(dirname(whole)) ? nearest(basename(whole), readdirSync(dirname(whole))) : undefined;
    throw new WeirError('invalid-flow', `${shortPath(path)} calls flow: ${text}, and there is no file ${whole}`, {
      hint: near === undefined ? 'its path counts from the folder of this file' : `did you mean ${near}?`,
    });
  }
  const files = readdirSync(folder).filter((name) => isYamlFile(name) || isScriptFile(name));
  const found = files.map((name) => join(folder, name)).find((each) => mayHold(each, flow ?? text));
  if (found !== undefined) return found;
  throw new WeirError(
    'invalid-flow',
    `${shortPath(path)} calls flow: ${text}, and no file in ${folder} has a flow of that name`,
    { hint: `name its file: flow: ./${kebabCase(text)}.yaml` },
  );
}

/**
 * The one that is meant among those that a file has: a TypeScript file as many as it exports, a YAML file one.
 * @throws WeirError `invalid-flow` that names those there are
 */
export function calledExport<Flow extends { readonly entry: string; readonly name: string }>(
  file: string,
  work: FlowWork,
  flows: readonly Flow[],
): Flow {
  const [only] = flows;
  if (work.flow === null && flows.length === 1 && only !== undefined) return only;
  const wanted = work.flow ?? 'default';
  const found = flows.find(({ entry, name }) => entry === wanted || name === wanted);
  if (found !== undefined) return found;
  const names = [...new Set(flows.map(({ name }) => name))];
  const near = nearest(wanted, names);
  const verb = isYamlFile(file) ? 'holds' : 'exports';
  throw new WeirError(
    'invalid-flow',
    `${shortPath(file)} ${verb} no flow "${wanted}"; it ${verb} ${names.join(', ') || 'none'}`,
    { hint: `name one of them: flow: ${work.file ?? basename(file)}:${near ?? names[0] ?? 'NAME'}` },
  );
}

/** By its file's name, or by a name that is written in it. */
function mayHold(file: string, name: string): boolean {
  const written = readFileSync(file, 'utf8');
  if (isYamlFile(file)) {
    if (!/^(["']?)tasks\1\s*:/m.test(written)) return false;
    const own = /^name\s*:\s*(["']?)(.+?)\1\s*(?:#.*)?$/m.exec(written)?.[2];
    return (own ?? kebabCase(stemOf(basename(file)))) === name;
  }
  if (!/(from|import)\s*\(?\s*['"]weir['"]/.test(written)) return false;
  const names = [...written.matchAll(/\bname\s*:\s*(['"`])(.+?)\1/g)].map((match) => match[2]);
  return names.includes(name) || kebabCase(stemOf(basename(file))) === name;
}

/** As people wrote it, where it is below the working directory. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') || short === '' ? path : short;
}
