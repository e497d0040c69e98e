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
  const names = flows.map((flow) => flow.name);
  const chosen =
    name === null
      ? flows.length === 1
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
