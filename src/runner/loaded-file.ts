/** A file of flows once it is loaded, whatever it is written in. */
import { basename } from 'node:path';
import { WeirError } from '../model/errors.ts';
import { kebabCase } from '../model/flow-name.ts';
import { type FlowDefinition, isFlow } from '../sdk/flow.ts';

export interface LoadedFlow {
  readonly name: string;
  readonly entry: string;
  readonly definition: FlowDefinition;
}

export interface LoadedFile {
  readonly path: string;
  readonly flows: readonly LoadedFlow[];
}

/** What the one flow of a YAML file is found by. */
export const YAML_ENTRY = 'default';

/** The flows among what a module exports; one without a name is called as its export, or as its file. */
export function exportedFlows(path: string, exported: Readonly<Record<string, unknown>>): LoadedFlow[] {
  const fileName = kebabCase(basename(path).replace(/\.[^.]+$/, ''));
  return Object.entries(exported)
    .filter(([, value]) => isFlow(value))
    .map(([entry, value]) => {
      const { definition } = value as unknown as { definition: FlowDefinition };
      return { name: definition.name ?? (entry === 'default' ? fileName : kebabCase(entry)), entry, definition };
    });
}

/** The flow that was described under this export. */
export function flowOfEntry(file: LoadedFile, entry: string): LoadedFlow {
  const found = file.flows.find((flow) => flow.entry === entry);
  if (found !== undefined) return found;
  const names = file.flows.map((flow) => flow.entry).join(', ');
  throw new WeirError('invalid-flow', `${file.path} exports no flow as "${entry}"; it exports ${names}`);
}

/** A file that holds no flow may still declare deployments. */
export class ExportsNoFlow extends WeirError {}
