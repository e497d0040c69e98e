/** `weir artifact ls | inspect | get` on a server elsewhere. */
import { EXIT } from '../../model/errors.ts';
import type { GlobalFlags } from '../declarations/declare.ts';
import { type ArtifactLine, handOut, printArtifact, printArtifacts } from '../models/artifact-lines.ts';
import { printJson, say } from '../output.ts';
import { type Client, pathOf } from './client.ts';

const MOST = 10_000;

export async function listArtifacts(client: Client, [id = '@latest']: [string?], flags: GlobalFlags): Promise<number> {
  const page = await client.list<ArtifactLine>('/api/artifacts', { flow_run: id }, MOST);
  if (flags.json) printJson(page);
  else if (page.items.length === 0)
    say(id === '@latest' ? 'the latest run left no artifact' : `${id} left no artifact`);
  else printArtifacts(page.items);
  return EXIT.ok;
}

export async function inspectArtifact(
  client: Client,
  [id, key]: [string, string],
  flags: GlobalFlags,
): Promise<number> {
  const artifact = await client.get<ArtifactLine>(pathOf('artifacts', id, key));
  if (flags.json) printJson(artifact);
  else await printArtifact(artifact, () => client.bytes(pathOf('artifacts', artifact.run, key, 'content')));
  return EXIT.ok;
}

export async function getArtifact(
  client: Client,
  [id, key]: [string, string],
  flags: GlobalFlags & { readonly output?: string },
): Promise<number> {
  const artifact = await client.get<ArtifactLine>(pathOf('artifacts', id, key));
  const bytes = await client.bytes(pathOf('artifacts', artifact.run, key, 'content'));
  return handOut(artifact, bytes, flags.output);
}
