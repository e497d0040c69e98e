/** `weir model get` and `path`: a version's content, verified by its hash before anybody sees a byte of it. */
import { createReadStream } from 'node:fs';
import { copyFile, rename, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { modelValueJson, versionInWords } from '../../engine/tell/model-content.ts';
import { EXIT, WeirError } from '../../model/errors.ts';
import type { ModelVersion } from '../../model/registered-model.ts';
import { print, printJson, say } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { withEngine } from '../session.ts';

/** Of a value its JSON, of a file its bytes: to stdout, or into the file that `-o` names. */
export async function getModel(
  [name, selector]: [string, string?],
  flags: GlobalFlags & { output?: string },
): Promise<number> {
  return withEngine(flags, 'command', async (engine) => {
    const version = engine.store.registry.get(name, selector ?? 'Production');
    const { output } = flags;
    if (version.format === 'value') {
      const json = `${modelValueJson(engine.store, version)}\n`;
      if (output === undefined) process.stdout.write(json);
      else await writeWhole(output, (temporary) => writeFile(temporary, json));
    } else {
      if (output === undefined && process.stdout.isTTY) throw noTerminal(version);
      const path = await engine.store.content.verifiedPath(version.contentHash, versionInWords(version));
      if (output === undefined) await pipeline(createReadStream(path), process.stdout, { end: false });
      else await writeWhole(output, (temporary) => copyFile(path, temporary));
    }
    if (output !== undefined) say(`wrote ${versionInWords(version)} to ${output}`);
    return EXIT.ok;
  });
}

/** Where the file lies. Not for values: their file is in Weir's own form. */
export async function modelPath([name, selector]: [string, string?], flags: GlobalFlags): Promise<number> {
  return withEngine(flags, 'command', async (engine) => {
    const version = engine.store.registry.get(name, selector ?? 'Production');
    const path = await engine.store.content.verifiedPath(version.contentHash, versionInWords(version));
    if (flags.json)
      printJson({ schema: 'weir.model-path/1', name, version: version.version, format: version.format, path });
    else print(path);
    return EXIT.ok;
  });
}

/** A file's bytes would garble it. */
export function noTerminal(version: Pick<ModelVersion, 'model' | 'version' | 'fileName'>): WeirError {
  return new WeirError(
    'usage',
    `${versionInWords(version)} is a file (${version.fileName}), which is not for a terminal`,
    {
      hint: `weir model get ${version.model} ${version.version} -o ${version.fileName}`,
    },
  );
}

/** Beside its place first: whoever looks there sees the former file or the whole new one. */
export async function writeWhole(output: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const path = resolve(output);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await write(temporary);
    await rename(temporary, path);
  } catch (cause) {
    throw new WeirError('file-system', `${output} cannot be written: ${(cause as Error).message}`, {
      hint: 'check that its folder exists, its rights, and the free space of the disk',
      cause,
    });
  } finally {
    await rm(temporary, { force: true });
  }
}
