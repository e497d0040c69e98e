/** `weir model ls | inspect | get | promote | rollback` on a server elsewhere. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { versionInWords } from '../../engine/tell/model-content.ts';
import type { modelVersionJson } from '../../engine/tell/model-json.ts';
import { localTime } from '../../engine/tell/told-times.ts';
import { EXIT } from '../../model/errors.ts';
import { parseStage } from '../../store/registry.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { noTerminal, writeWhole } from '../models/model-get.ts';
import { colors, print, printJson, say, showMetrics, table } from '../output.ts';
import { plainText } from '../terminal-text.ts';
import { type Client, pathOf } from './client.ts';
import { type ModelJson, timeOf } from './shapes.ts';

const MOST = 10_000;

interface ModelItem {
  readonly name: string;
  readonly versions: number;
  readonly production: number | null;
}

export async function listModels(client: Client, _: [], flags: GlobalFlags): Promise<number> {
  const page = await client.list<ModelItem>('/api/models', {}, MOST);
  if (flags.json) printJson(page);
  else if (page.items.length === 0) say('no model has been registered yet: weir model register NAME FILE');
  else {
    const rows = page.items.map(({ name, versions, production }) => [
      plainText(name),
      String(versions),
      String(production ?? '-'),
    ]);
    print(table([heading('model', 'versions', 'production'), ...rows]));
  }
  return EXIT.ok;
}

export async function inspectModel(client: Client, [name]: [string], flags: GlobalFlags): Promise<number> {
  const model = await client.get<ModelJson>(pathOf('models', name));
  if (flags.json) {
    printJson(model);
    return EXIT.ok;
  }
  const versions = model.versions.map((each) => [
    String(each.version),
    each.stage === 'Production' ? colors.green(each.stage) : each.stage === 'None' ? '-' : each.stage,
    plainText(each.aliases.join(', ')) || '-',
    showMetrics(each.metrics),
    String(each.run ?? '-'),
    localTime(timeOf(each.created_at)),
  ]);
  print(table([heading('version', 'stage', 'aliases', 'metrics', 'run', 'registered'), ...versions]));
  const decisions = model.decisions.map((each) => [
    localTime(timeOf(each.at)),
    String(each.run ?? '-'),
    `version ${each.candidate} ${each.promoted ? 'promoted' : 'not promoted'}${figures(each)}`,
  ]);
  if (decisions.length > 0) print(`\n${table([heading('decided', 'run', 'decision'), ...decisions])}`);
  return EXIT.ok;
}

function figures({ metric, candidate_value, production, production_value }: ModelJson['decisions'][number]): string {
  if (metric === null || candidate_value === null) return '';
  const other = production_value === null ? '' : `, version ${production}: ${production_value}`;
  return plainText(` (${metric} ${candidate_value}${other})`);
}

/** Of a value its JSON, of a file its bytes, as they come. */
export async function getModel(
  client: Client,
  [model, selector = 'Production']: [string, string?],
  { output }: GlobalFlags & { readonly output?: string },
): Promise<number> {
  const { version } = await client.get<VersionJson>(pathOf('models', model, 'versions', selector));
  const answer = await client.open(pathOf('models', model, 'versions', version, 'content'));
  const isValue = answer.headers.get('content-type') === 'application/json';
  const fileName = decodeURIComponent(
    /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get('content-disposition') ?? '')?.[1] ?? 'model',
  );
  if (!isValue && output === undefined && process.stdout.isTTY) {
    await answer.body?.cancel();
    throw noTerminal({ model, version, fileName });
  }
  const bytes = Readable.from(contentOf(answer, isValue));
  if (output === undefined) await pipeline(bytes, process.stdout, { end: false });
  else {
    await writeWhole(output, (temporary) => pipeline(bytes, createWriteStream(temporary)));
    say(`wrote ${versionInWords({ model, version })} to ${output}`);
  }
  return EXIT.ok;
}

async function* contentOf(answer: Response, isValue: boolean): AsyncGenerator<Uint8Array> {
  for await (const chunk of answer.body ?? []) yield chunk;
  if (isValue) yield Buffer.from('\n');
}

export async function promoteModel(
  client: Client,
  [name, version]: [string, string],
  flags: GlobalFlags & { readonly stage?: string },
): Promise<number> {
  const stage = parseStage(flags.stage ?? 'Production');
  const promoted = await client.send<VersionJson>('POST', pathOf('models', name, 'promote'), { version, stage });
  tell(promoted, flags, `version ${promoted.version} is in ${promoted.stage}`);
  return EXIT.ok;
}

export async function rollbackModel(client: Client, [name]: [string], flags: GlobalFlags): Promise<number> {
  const restored = await client.send<VersionJson>('POST', pathOf('models', name, 'rollback'));
  tell(restored, flags, `rolled back to ${restored.version}`);
  return EXIT.ok;
}

type VersionJson = ReturnType<typeof modelVersionJson>;

function tell(version: VersionJson, { json }: GlobalFlags, sentence: string): void {
  if (json) printJson(version);
  else print(sentence);
}

function heading(...cells: string[]): string[] {
  return cells.map((cell) => colors.dim(cell));
}
