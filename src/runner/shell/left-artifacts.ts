/**
 * What a command left in its artifacts folder: each file becomes an artifact, named by its path there. Links that lead
 * out of the folder are not followed, and what is too large is told instead of read.
 */
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { formatBytes } from '../../model/bytes.ts';
import type { ArtifactContent } from '../../model/report.ts';
import { IMAGE_TYPES } from '../../sdk/artifact.ts';

export type LeftFile = Omit<ArtifactContent, 'description'>;

const MiB = 1024 * 1024;
const LARGEST = 16 * MiB;
const LARGEST_TOGETHER = 64 * MiB;
const MOST = 200;

/** In the order of their names; read one by one, as they are asked for. */
export function* leftArtifacts(folder: string, warn: (text: string) => void): Generator<LeftFile> {
  const paths = filesIn(folder, warn);
  if (paths.length > MOST)
    warn(`WEIR_ARTIFACTS holds ${paths.length} files; the first ${MOST} were kept: pack the others into an archive`);
  let together = 0;
  for (const path of paths.slice(0, MOST)) {
    const { size } = statSync(join(folder, path));
    if (size > LARGEST || together + size > LARGEST_TOGETHER) {
      const limit = size > LARGEST ? `at most ${formatBytes(LARGEST)} each` : `${formatBytes(LARGEST_TOGETHER)} in all`;
      warn(
        `the artifact ${path} has ${formatBytes(size)} and was not kept (${limit}): hand it on under "files" instead`,
      );
      continue;
    }
    together += size;
    let data: Uint8Array;
    try {
      data = new Uint8Array(readFileSync(join(folder, path)));
    } catch (error) {
      warn(`the artifact ${path} cannot be read, and was not kept: ${(error as Error).message}`);
      continue;
    }
    yield { key: path, ...kindOf(path), data };
  }
}

/** Paths below the folder. */
function filesIn(folder: string, warn: (text: string) => void): string[] {
  const found: string[] = [];
  let top: string | null = null;
  const look = (below: string) => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = join(below, entry.name);
      if (entry.isDirectory()) look(path);
      else if (entry.isFile()) found.push(path);
      else {
        top ??= realPath(folder);
        if (top !== null && leadsInside(join(folder, path), top)) found.push(path);
        else warn(`the artifact ${path} is no plain file of the folder WEIR_ARTIFACTS, and was not kept`);
      }
    }
  };
  try {
    look('');
  } catch (error) {
    // The command may have removed it.
    if ((error as { code?: string }).code !== 'ENOENT')
      warn(`WEIR_ARTIFACTS cannot be read: ${(error as Error).message}`);
  }
  return found.sort();
}

function leadsInside(path: string, top: string): boolean {
  const real = realPath(path);
  return real?.startsWith(top + sep) === true && statSync(real).isFile();
}

function realPath(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch {
    return null;
  }
}

function kindOf(path: string): Pick<LeftFile, 'artifactKind' | 'mediaType'> {
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  const image = Object.hasOwn(IMAGE_TYPES, ending) ? IMAGE_TYPES[ending] : undefined;
  if (image !== undefined) return { artifactKind: 'image', mediaType: image };
  if (ending === 'md' || ending === 'markdown') return { artifactKind: 'markdown', mediaType: 'text/markdown' };
  return { artifactKind: 'file', mediaType: 'application/octet-stream' };
}
