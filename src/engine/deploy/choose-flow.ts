/** Which flow of a file is meant. */
import { relative } from 'node:path';
import { nearest, WeirError } from '../../model/errors.ts';
import type { FlowDescription } from '../../model/flow-description.ts';
import { shellWord } from '../../model/shell-word.ts';

/** The flow that `name` asks for; without a name the only one, or the default export. */
export function chooseDescription(
  path: string,
  flows: readonly FlowDescription[],
  name: string | null,
): FlowDescription {
  const names = namesOf(flows);
  const chosen =
    name === null
      ? names.length === 1
        ? flows[0]
        : flows.find((flow) => flow.entry === 'default')
      : flows.find((flow) => flow.name === name || flow.entry === name);
  if (chosen !== undefined) return chosen;
  const near = name === null ? undefined : nearest(name, names);
  if (name === null)
    throw new WeirError('usage', `${path} exports ${names.length} flows: ${names.join(', ')}`, {
      hint: `choose one: weir run ${shellWord(`${relative('', path)}:${names[0]}`)}`,
    });
  throw new WeirError(
    'usage',
    `${path} exports no flow "${name}"; it exports ${names.join(', ')}`,
    near === undefined ? {} : { hint: `did you mean ${near}?` },
  );
}

/** What a file exports, for people: a flow that has two exports, such as its name and `default`, once. */
export function namesOf(flows: readonly FlowDescription[]): string[] {
  return [...new Set(flows.map((flow) => flow.name))];
}
