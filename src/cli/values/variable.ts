/** `weir variable get | set | ls | unset`: values that flows read, for everybody to see. Text stays text unless asked. */
import { localTime } from '../../engine/tell/told-times.ts';
import { findVariable, variableJson } from '../../engine/tell/variable-json.ts';
import { EXIT, WeirError } from '../../model/errors.ts';
import { parseVariableName, type VariableValue, variableText } from '../../model/variable.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { colors, fitTable, print, printJson, printRaw, say } from '../output.ts';
import { readArgument } from '../runs/params.ts';
import { withEngine } from '../session.ts';
import { plainText } from '../terminal-text.ts';

const WIDEST_VALUE = 60;

export async function getVariable([name]: [string], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store }) => {
    const row = findVariable(store, name);
    const value = JSON.parse(row.value) as VariableValue;
    if (flags.json) printJson({ schema: 'weir.variable/1', ...variableJson(row) });
    else if (typeof value !== 'string') print(row.value);
    // Into a pipe byte for byte; a terminal must not obey it.
    else if (process.stdout.isTTY) print(value.split('\n').map(plainText).join('\n'));
    else printRaw(value);
    return EXIT.ok;
  });
}

export async function setVariable(
  [given, text]: [string, string],
  flags: GlobalFlags & { readonly asJson?: boolean },
): Promise<number> {
  const name = parseVariableName(given);
  const read = readArgument('VALUE', text, `to give the text itself: '@${text}'`);
  const value = variableText(name, flags.asJson ? parseJson(name, read) : read);
  return withEngine(flags, 'command', async ({ store, now }) => {
    const former = store.variables.byName(name);
    await store.writer.write(() => store.variables.put(name, value, now()));
    say(former === null ? `variable ${name} is set` : `variable ${name} is set; it was ${shown(former.value)}`);
    if (flags.json)
      printJson({
        schema: 'weir.variable/1',
        ...variableJson(findVariable(store, name)),
      });
    return EXIT.ok;
  });
}

export async function listVariables(_: [], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store }) => {
    const all = store.variables.all();
    if (flags.json) printJson({ schema: 'weir.variables/1', items: all.map(variableJson), next: null });
    else if (all.length === 0) say('there are no variables yet: weir variable set NAME VALUE');
    else {
      const heading = ['variable', 'value', 'set'].map((cell) => colors.dim(cell));
      print(fitTable([heading, ...all.map((row) => [row.name, shown(row.value), localTime(row.updatedAt)])], 1));
    }
    return EXIT.ok;
  });
}

export async function unsetVariable([name]: [string], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store }) => {
    const row = findVariable(store, name);
    await store.writer.write(() => store.variables.delete(name));
    say(`variable ${name} is unset; it was ${shown(row.value)}`);
    if (flags.json) printJson({ schema: 'weir.variable/1', name, value: null, updated_at: null });
    return EXIT.ok;
  });
}

function parseJson(name: string, text: string): VariableValue {
  try {
    return JSON.parse(text) as VariableValue;
  } catch (cause) {
    throw new WeirError('usage', `the value for the variable ${name} is no JSON: ${(cause as Error).message}`, {
      hint: `weir variable set ${name} '{"week": 7}' --as-json; without --as-json it is text`,
      cause,
    });
  }
}

/** In one line of a table; text stands in quotes, which tells 7 from "7". */
function shown(json: string): string {
  const text = plainText(json);
  return text.length <= WIDEST_VALUE ? text : `${text.slice(0, WIDEST_VALUE - 1)}…`;
}
