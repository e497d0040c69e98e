/** `weir run FILE[:FLOW]`, or nothing: which file, which flow in it. */
import { existsSync, lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { isFlowFile, refuseOther } from '../../engine/deploy/flow-files.ts';
import { nearest, WeirError } from '../../model/errors.ts';
import { shellWord } from '../../model/shell-word.ts';

export interface Target {
  readonly path: string;
  readonly flow: string | null;
}

export function parseTarget(text: string | undefined): Target {
  if (text === undefined) return { path: onlyFlowFile(process.cwd()), flow: null };
  if (text.trim() === '')
    throw new WeirError('usage', 'FILE is empty', {
      hint: 'weir run FILE, or weir run for the only flow of this folder',
    });
  const whole = resolve(text);
  if (existsSync(whole))
    return { path: statSync(whole).isDirectory() ? onlyFlowFile(whole) : refuseOther(whole, text), flow: null };
  const colon = text.lastIndexOf(':');
  if (colon > 0 && existsSync(resolve(text.slice(0, colon))))
    return { path: refuseOther(resolve(text.slice(0, colon)), text.slice(0, colon)), flow: text.slice(colon + 1) };
  const leadsTo = lstatSync(whole, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(whole) : null;
  if (leadsTo !== null)
    throw new WeirError('usage', `${text} is a link to ${leadsTo}, which is not there`, {
      hint: 'link it anew, or name the file itself',
    });
  const folder = resolve(text, '..');
  const near = existsSync(folder) ? nearest(basename(text), readdirSync(folder)) : undefined;
  throw new WeirError('usage', `there is no file ${text}`, near === undefined ? {} : { hint: `did you mean ${near}?` });
}

function onlyFlowFile(folder: string): string {
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(folder, entry.name))
    .filter(isFlowFile);
  if (files.length === 1 && files[0] !== undefined) return files[0];
  if (files.length === 0)
    throw new WeirError('usage', `there is no flow in ${folder}`, {
      hint: 'name a file: weir run flow.ts; or make one: weir init',
    });
  throw new WeirError(
    'usage',
    `${folder} has ${files.length} flow files: ${files.map((file) => basename(file)).join(', ')}`,
    { hint: `choose one: weir run ${shellWord(relative('', files[0] as string))}` },
  );
}
