/** `weir artifact ls | inspect | get`: what runs left, and its bytes as they are. */
import { writeFileSync } from 'node:fs';
import { artifactContent, findArtifact } from '../engine/run-artifacts.ts';
import { artifactJson } from '../engine/run-json.ts';
import { selectRun } from '../engine/select-run.ts';
import { isoTime } from '../engine/told-times.ts';
import { EXIT, WeirError } from '../model/errors.ts';
import type { ArtifactRow } from '../store/artifacts.ts';
import { colors, print, printJson, say, table } from './output.ts';
import type { GlobalFlags } from './program.ts';
import { withEngine } from './session.ts';
import { plainText, terminalText } from './terminal-text.ts';

/** Larger texts are shown by their beginning. */
const LARGEST_SHOWN = 20_000;

export async function listArtifacts([id]: [string?], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store }) => {
    const run = selectRun(store, id);
    const artifacts = store.artifacts.ofRun(run.id);
    if (flags.json) {
      const items = artifacts.map((artifact) => ({ run: run.id, ...artifactJson(artifact) }));
      printJson({ schema: 'weir.artifacts/1', items, next: null });
    } else if (artifacts.length === 0) say(`run ${run.id} of ${run.flow} left no artifact`);
    else {
      const heading = ['key', 'kind', 'size', 'description'].map((cell) => colors.dim(cell));
      print(table([heading, ...artifacts.map(rowOf)]));
    }
    return EXIT.ok;
  });
}

export async function inspectArtifact([id, key]: [string, string], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async ({ store }) => {
    const artifact = findArtifact(store, selectRun(store, id), key);
    if (flags.json) {
      printJson({ schema: 'weir.artifact/1', run: artifact.flowRunId, ...artifactJson(artifact) });
      return EXIT.ok;
    }
    const { kind, mediaType, size, description, flowRunId, createdAt } = artifact;
    const facts = [
      ['key', artifact.key],
      ['kind', `${kind} (${mediaType})`],
      ['size', `${size} bytes`],
      ['run', String(flowRunId)],
      ['created', isoTime(createdAt)],
      ...(description === null ? [] : [['description', description]]),
    ];
    print(table(facts.map(([name = '', value = '']) => [colors.dim(name), plainText(value)])));
    if (isText(artifact)) print(`\n${textOf(artifactContent(store, artifact))}`);
    return EXIT.ok;
  });
}

/** Bytes on stdout or in a file, and nothing else there. */
export async function getArtifact(
  [id, key]: [string, string],
  flags: GlobalFlags & { output?: string },
): Promise<number> {
  return withEngine(flags, 'command', async ({ store }) => {
    const artifact = findArtifact(store, selectRun(store, id), key);
    const bytes = artifactContent(store, artifact);
    if (flags.output !== undefined) {
      writeTo(flags.output, bytes);
      say(`${flags.output}: ${bytes.length} bytes`);
      return EXIT.ok;
    }
    if (process.stdout.isTTY && isBinary(artifact, bytes))
      throw new WeirError('usage', `"${key}" is binary (${artifact.mediaType}): it would garble the terminal`, {
        hint: `weir artifact get ${id} ${key} -o FILE`,
      });
    await new Promise<void>((resolve) => process.stdout.write(bytes, () => resolve()));
    return EXIT.ok;
  });
}

function writeTo(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes);
  } catch (cause) {
    throw new WeirError('file-system', `${path} cannot be written: ${(cause as Error).message}`, {
      hint: 'choose another file with -o',
      cause,
    });
  }
}

function isText({ mediaType }: ArtifactRow): boolean {
  return /^text\/|json|xml|yaml|markdown/.test(mediaType);
}

function isBinary(artifact: ArtifactRow, bytes: Uint8Array): boolean {
  return !isText(artifact) || bytes.subarray(0, 8192).includes(0);
}

function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, LARGEST_SHOWN)).toString('utf8');
  const lines = text.split('\n').map((line) => terminalText(line, { colors: false }));
  return `${lines.join('\n').trimEnd()}${bytes.length > LARGEST_SHOWN ? '\n...' : ''}`;
}

function rowOf({ key, kind, size, description }: ArtifactRow): string[] {
  return [plainText(key), kind, `${size} bytes`, colors.dim(plainText(description ?? ''))];
}
