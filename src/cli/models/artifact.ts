/** `weir artifact ls | inspect | get`: what runs left, and its bytes as they are. */
import { artifactContent, findArtifact } from '../../engine/tell/run-artifacts.ts';
import { artifactJson } from '../../engine/tell/run-json.ts';
import { selectRun } from '../../engine/verbs/select-run.ts';
import { EXIT } from '../../model/errors.ts';
import type { ArtifactRow } from '../../store/artifacts.ts';
import { printJson, say } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { withEngine } from '../session.ts';
import { type ArtifactLine, handOut, printArtifact, printArtifacts } from './artifact-lines.ts';

export async function listArtifacts([id]: [string?], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store }) => {
    const run = selectRun(store, id);
    const items = store.artifacts.ofRun(run.id).map(lineOf);
    if (flags.json) printJson({ schema: 'weir.artifacts/1', items, next: null });
    else if (items.length === 0) say(`run ${run.id} of ${run.flow} left no artifact`);
    else printArtifacts(items);
    return EXIT.ok;
  });
}

export async function inspectArtifact([id, key]: [string, string], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store }) => {
    const artifact = findArtifact(store, selectRun(store, id), key);
    if (flags.json) printJson({ schema: 'weir.artifact/1', ...lineOf(artifact) });
    else await printArtifact(lineOf(artifact), () => artifactContent(store, artifact));
    return EXIT.ok;
  });
}

export async function getArtifact(
  [id, key]: [string, string],
  flags: GlobalFlags & { output?: string },
): Promise<number> {
  return withEngine(flags, 'command', async ({ store }) => {
    const artifact = findArtifact(store, selectRun(store, id), key);
    return handOut(lineOf(artifact), artifactContent(store, artifact), flags.output);
  });
}

function lineOf(artifact: ArtifactRow): ArtifactLine {
  return { run: artifact.flowRunId, ...artifactJson(artifact) };
}
