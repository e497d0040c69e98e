/**
 * Where a run finds its project: in its folder, or in the copy of a snapshot that stands for it. What no snapshot holds
 * (virtual environments, env files, packages) is always looked for in the folder itself.
 */
import { dirname, join, relative } from 'node:path';
import type { RunStart } from '../model/run-start.ts';
import type { Channel } from './channel.ts';

export interface ProjectCopy {
  /** The folder that it stands for. */
  readonly root: string;
  readonly folder: string;
}

/** null: the run works in its project. */
export async function openProjectCopy({ snapshot }: RunStart, channel: Channel): Promise<ProjectCopy | null> {
  if (snapshot === undefined) return null;
  const folder = (await channel.ask({ ask: 'project-copy' })) as string | null;
  return folder === null ? null : { root: snapshot.root, folder };
}

/** The folder of a flow file, or what stands for it. */
export function flowFolder(path: string, copy: ProjectCopy | null): string {
  const folder = dirname(path);
  if (copy === null) return folder;
  const below = relative(copy.root, folder);
  return below === '..' || below.startsWith('../') ? folder : join(copy.folder, below);
}
