/** Artifacts as a terminal shows them and hands them out, of this database or of a server elsewhere. */
import { writeFileSync } from 'node:fs';
import type { artifactJson } from '../../engine/tell/run-json.ts';
import { EXIT, WeirError } from '../../model/errors.ts';
import { colors, print, say, table } from '../output.ts';
import { plainText, terminalText } from '../terminal-text.ts';

export type ArtifactLine = ReturnType<typeof artifactJson> & { readonly run: number };

/** Larger texts are shown by their beginning. */
const LARGEST_SHOWN = 20_000;

export function printArtifacts(artifacts: readonly ArtifactLine[]): void {
  const heading = ['key', 'kind', 'size', 'description'].map((cell) => colors.dim(cell));
  const rows = artifacts.map(({ key, kind, size, description }) => [
    plainText(key),
    kind,
    `${size} bytes`,
    colors.dim(plainText(description ?? '')),
  ]);
  print(table([heading, ...rows]));
}

/** A text also in full; `content` is only asked for then. */
export async function printArtifact(
  artifact: ArtifactLine,
  content: () => Uint8Array | Promise<Uint8Array>,
): Promise<void> {
  const { key, kind, media_type: mediaType, size, description, run, created_at: createdAt } = artifact;
  const facts = [
    ['key', key],
    ['kind', `${kind} (${mediaType})`],
    ['size', `${size} bytes`],
    ['run', String(run)],
    ['created', createdAt],
    ...(description === null ? [] : [['description', description]]),
  ];
  print(table(facts.map(([name = '', value = '']) => [colors.dim(name), plainText(value)])));
  if (isText(mediaType)) print(`\n${textOf(await content())}`);
}

/** Bytes on stdout or in a file, and nothing else there. */
export async function handOut(
  { run, key, media_type: mediaType }: Pick<ArtifactLine, 'run' | 'key' | 'media_type'>,
  bytes: Uint8Array,
  output: string | undefined,
): Promise<number> {
  if (output !== undefined) {
    writeTo(output, bytes);
    say(`${output}: ${bytes.length} bytes`);
    return EXIT.ok;
  }
  if (process.stdout.isTTY && (!isText(mediaType) || bytes.subarray(0, 8192).includes(0)))
    throw new WeirError('usage', `"${key}" is binary (${mediaType}): it would garble the terminal`, {
      hint: `weir artifact get ${run} ${key} -o FILE`,
    });
  await new Promise<void>((resolve) => process.stdout.write(bytes, () => resolve()));
  return EXIT.ok;
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

function isText(mediaType: string): boolean {
  return /^text\/|json|xml|yaml|markdown/.test(mediaType);
}

function textOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, LARGEST_SHOWN)).toString('utf8');
  const lines = text.split('\n').map((line) => terminalText(line, { colors: false }));
  return `${lines.join('\n').trimEnd()}${bytes.length > LARGEST_SHOWN ? '\n...' : ''}`;
}
