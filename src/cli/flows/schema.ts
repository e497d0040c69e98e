/** `weir schema flow`: the format of YAML flows as JSON Schema, for editors. */
import { EXIT, nearest, WeirError } from '../../model/errors.ts';
import { formatSchema } from '../../runner/yaml/format-schema.ts';
import { say } from '../output.ts';

const KINDS = ['flow'];

export async function schema([kind]: [string?]): Promise<number> {
  if (kind !== 'flow') {
    const near = kind === undefined ? undefined : nearest(kind, KINDS);
    const said = kind === undefined ? 'which schema?' : `there is no schema "${kind}"`;
    throw new WeirError('usage', said, { hint: near === undefined ? 'weir schema flow' : `did you mean ${near}?` });
  }
  process.stdout.write(`${JSON.stringify(formatSchema(), null, 2)}\n`);
  if (process.stdout.isTTY) {
    say('keep it beside your flows: weir schema flow > weir-flow.schema.json');
    say('and begin each of them with: # yaml-language-server: $schema=weir-flow.schema.json');
  }
  return EXIT.ok;
}
