/** `weir concurrency-limit ...` and `weir variable ...` on a server elsewhere. */

import { userInWords } from '../../engine/tell/limit-view.ts';
import { localTime } from '../../engine/tell/told-times.ts';
import { parseCapacity } from '../../engine/verbs/limit-changes.ts';
import { EXIT, WeirError } from '../../model/errors.ts';
import type { LimitView } from '../../model/limit-view.ts';
import { parseVariableName } from '../../model/variable.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { colors, fitTable, print, printJson, printRaw, say, table } from '../output.ts';
import { readArgument } from '../runs/params.ts';
import { plainText } from '../terminal-text.ts';
import { type Client, pathOf } from './client.ts';
import { timeOf, type VariableItem } from './shapes.ts';

const MOST = 10_000;

export async function createLimit(client: Client, [name, text]: [string, string], flags: GlobalFlags): Promise<number> {
  const capacity = parseCapacity(text);
  const limit = await client.send<LimitView>('PUT', pathOf('concurrency-limits', name), { capacity });
  say(`limit "${plainText(name)}" has the capacity ${limit.capacity}`);
  if (flags.json) printJson(limit);
  return EXIT.ok;
}

export async function listLimits(client: Client, _: [], flags: GlobalFlags): Promise<number> {
  const page = await client.list<LimitView>('/api/concurrency-limits', {}, MOST);
  if (flags.json) printJson(page);
  else if (page.items.length === 0) say('there are no limits yet: weir concurrency-limit create NAME CAPACITY');
  else {
    const heading = ['limit', 'capacity', 'in use', 'declared by', 'waiting'].map((cell) => colors.dim(cell));
    const rows = page.items.map(({ name, capacity, in_use, declared_by, waiters }) => [
      plainText(name),
      String(capacity),
      String(in_use),
      declared_by ?? 'nobody',
      String(waiters.length),
    ]);
    print(table([heading, ...rows]));
  }
  return EXIT.ok;
}

export async function inspectLimit(client: Client, [name]: [string], flags: GlobalFlags): Promise<number> {
  const limit = await client.get<LimitView>(pathOf('concurrency-limits', name));
  if (flags.json) {
    printJson(limit);
    return EXIT.ok;
  }
  print(`${plainText(limit.name)}: ${limit.in_use} of ${limit.capacity} in use`);
  for (const holder of limit.holders) print(`  held by ${plainText(userInWords(holder))}`);
  for (const waiter of limit.waiters) print(`  waits: ${plainText(userInWords(waiter))}`);
  return EXIT.ok;
}

export async function deleteLimit(client: Client, [name]: [string], flags: GlobalFlags): Promise<number> {
  const left = await client.send('DELETE', pathOf('concurrency-limits', name));
  say(`limit "${plainText(name)}" is deleted`);
  if (flags.json) printJson(left);
  return EXIT.ok;
}

type VariableJson = VariableItem & { readonly schema: string };

export async function getVariable(client: Client, [name]: [string], flags: GlobalFlags): Promise<number> {
  const variable = await client.get<VariableJson>(pathOf('variables', name));
  const { value } = variable;
  if (flags.json) printJson(variable);
  else if (typeof value !== 'string') print(JSON.stringify(value));
  // Into a pipe byte for byte; a terminal must not obey it.
  else if (process.stdout.isTTY) print(value.split('\n').map(plainText).join('\n'));
  else printRaw(value);
  return EXIT.ok;
}

export async function setVariable(
  client: Client,
  [given, text]: [string, string],
  flags: GlobalFlags & { readonly asJson?: boolean },
): Promise<number> {
  const name = parseVariableName(given);
  const read = readArgument('VALUE', text, `to give the text itself: '@${text}'`);
  const value = flags.asJson ? parseJson(name, read) : read;
  const variable = await client.send<VariableJson>('PUT', pathOf('variables', name), { value });
  say(`variable ${name} is set`);
  if (flags.json) printJson(variable);
  return EXIT.ok;
}

export async function listVariables(client: Client, _: [], flags: GlobalFlags): Promise<number> {
  const page = await client.list<VariableItem>('/api/variables', {}, MOST);
  if (flags.json) printJson(page);
  else if (page.items.length === 0) say('there are no variables yet: weir variable set NAME VALUE');
  else {
    const heading = ['variable', 'value', 'set'].map((cell) => colors.dim(cell));
    const rows = page.items.map(({ name, value, updated_at }) => [
      plainText(name),
      plainText(JSON.stringify(value)),
      localTime(timeOf(updated_at)),
    ]);
    print(fitTable([heading, ...rows], 1));
  }
  return EXIT.ok;
}

export async function unsetVariable(client: Client, [name]: [string], flags: GlobalFlags): Promise<number> {
  const variable = await client.send<VariableJson>('DELETE', pathOf('variables', name));
  say(`variable ${plainText(name)} is unset`);
  if (flags.json) printJson(variable);
  return EXIT.ok;
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new WeirError('usage', `the value for the variable ${name} is no JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
}
