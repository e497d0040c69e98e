/** Where a flow that is called by another stands: its name, its file, and the export that `weir run FILE:NAME` finds it by. */
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { WeirError } from '../model/errors.ts';
import { kebabCase } from '../model/flow-name.ts';
import type { RunStart } from '../model/run-start.ts';
import { type FlowDefinition, isFlow } from '../sdk/flow.ts';
import { importModule } from './import-module.ts';
import { flowOfEntry, type LoadedFile, type LoadedFlow, YAML_ENTRY } from './loaded-file.ts';

export interface FlowPlace {
  readonly name: string;
  readonly path: string;
  /** Empty where no export holds the flow: then it can be run as a subflow only. */
  readonly entry: string;
}

/** As `flow()` has it, else as its export or its file is called. */
export function nameOfFlow(flow: FlowDefinition, loaded: LoadedFile): string {
  if (flow.name !== null) return flow.name;
  const exported = loaded.flows.find((each) => each.definition === flow);
  if (exported !== undefined) return exported.name;
  return kebabCase(basename(fileOf(flow) ?? loaded.path).replace(/\.[^.]+$/, ''));
}

/** A flow of another file has that file's folder for its working directory, not its caller's. */
export async function placeOfFlow(flow: FlowDefinition, name: string, loaded: LoadedFile): Promise<FlowPlace> {
  const exported = loaded.flows.find((each) => each.definition === flow);
  if (exported !== undefined) return { name, path: loaded.path, entry: exported.entry };
  const path = fileOf(flow);
  if (path === null || path === loaded.path) return { name, path: loaded.path, entry: '' };
  if (flow.graph !== undefined) return { name, path, entry: YAML_ENTRY };
  return { name, path, entry: await entryOf(flow, path) };
}

/**
 * The flow of a run whose file is loaded: by its export, else by its name among all that the file defines.
 * @throws WeirError `invalid-flow` when there is none
 */
export function flowOfRun(
  { flow, path, entry }: RunStart,
  loaded: LoadedFile,
  defined: ReadonlySet<FlowDefinition>,
): LoadedFlow {
  if (entry !== '') return flowOfEntry(loaded, entry);
  const definition = [...defined].find((each) => nameOfFlow(each, loaded) === flow);
  if (definition !== undefined) return { name: flow, entry, definition };
  throw new WeirError('invalid-flow', `${path} defines no flow "${flow}" at its top level`, {
    hint: 'a flow that is defined inside of a function is known there only',
  });
}

function fileOf({ file }: FlowDefinition): string | null {
  return file === null ? null : fileURLToPath(file);
}

/** The module is loaded already, or nobody could have called its flow. */
async function entryOf(flow: FlowDefinition, path: string): Promise<string> {
  try {
    const exported = await importModule(pathToFileURL(path).href);
    return Object.keys(exported).find((key) => definitionOf(exported[key]) === flow) ?? '';
  } catch {
    return '';
  }
}

function definitionOf(value: unknown): unknown {
  return isFlow(value) ? (value as unknown as { definition: FlowDefinition }).definition : undefined;
}
