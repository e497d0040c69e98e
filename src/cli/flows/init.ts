/**
 * `weir init`: a flow file to begin with, or a template, and what an editor needs to understand it without npm.
 * Must never replace a file of the user's unasked, and writes nothing at all when it would have to.
 */
import { existsSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { assetText } from '../../assets.ts';
import { EXIT, nearest, WeirError } from '../../model/errors.ts';
import { colors, printJson, say } from '../output.ts';
import type { GlobalFlags } from '../program.ts';
import { type EditorSupport, editorSupport } from './editor-files.ts';

type Files = Readonly<Record<string, string>>;

interface InitFlags extends GlobalFlags {
  readonly template?: string;
  readonly force?: boolean;
}

/** The template that is taken where none is named. */
const STARTER = 'starter';

export async function init([dir = '.']: [string?], flags: InitFlags): Promise<number> {
  const folder = resolve(dir);
  const { '.gitignore': ignored, ...files } = templateNamed(flags.template ?? STARTER);
  const editor = editorSupport(Object.keys(files));
  const wanted = ignored === undefined ? editor.files : { ...editor.files, '.gitignore': ignored };
  const beside = Object.entries(wanted).filter(([path]) => !isThere(join(folder, path)));
  refuseExisting(folder, files, editor, flags.force === true);
  inFolder(folder, () => {
    for (const [path, text] of [...Object.entries(files), ...beside]) write(join(folder, path), text);
    editor.unpack(folder);
  });
  const written = [...Object.keys(files), ...beside.map(([path]) => path), editor.own];
  if (flags.json) printJson({ schema: 'weir.init/1', folder, files: written });
  else {
    const kept = Object.keys(wanted).filter((path) => !written.includes(path));
    sayWritten(folder, written, kept);
  }
  return EXIT.ok;
}

function templateNamed(name: string): Files {
  const templates = JSON.parse(assetText('templates.json')) as Readonly<Record<string, Files>>;
  const files = Object.hasOwn(templates, name) ? templates[name] : undefined;
  if (files !== undefined) return files;
  const names = Object.keys(templates);
  const near = nearest(name, names) ?? names.find((each) => each.startsWith(name) && name !== '');
  const existing = `templates are ${names.join(', ')}`;
  throw new WeirError('usage', `there is no template "${name}"`, {
    hint: near === undefined ? existing : `did you mean ${near}? ${existing}`,
  });
}

/** All of them at once. What is Weir's own follows this Weir nevertheless, where it is in use. */
function refuseExisting(folder: string, files: Files, editor: EditorSupport, force: boolean): void {
  const existing = Object.keys(files).filter((path) => isThere(join(folder, path)));
  if (existing.length === 0 || force) return;
  const refreshed = existsSync(join(folder, editor.own));
  if (refreshed) inFolder(folder, () => editor.unpack(folder));
  const what = refreshed ? `only ${editor.own.replace(/\/$/, '')} was renewed` : 'nothing was written';
  throw new WeirError('conflict', `${folder} has ${existing.join(', ')} already; ${what}`, {
    hint: `choose another folder, or replace ${existing.length === 1 ? 'it' : 'them'} with --force`,
  });
}

/** A link that leads nowhere is there as well: writing to it would make a file somewhere else. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (cause) {
    throw cannotWrite(dirname(path), cause);
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Folder by folder: `recursive: true` loops for ever where the kernel refuses to make any (in /proc). */
function makeWithParents(folder: string): void {
  if (existsSync(folder)) return;
  makeWithParents(dirname(folder));
  mkdirSync(folder);
}

function inFolder(folder: string, act: () => void): void {
  try {
    makeWithParents(folder);
    act();
  } catch (cause) {
    throw cannotWrite(folder, cause);
  }
}

function cannotWrite(folder: string, cause: unknown): WeirError {
  return new WeirError('file-system', `${folder} cannot be written: ${(cause as Error).message}`, {
    hint: 'check its rights and the free space of the disk, or choose another folder: weir init DIR',
    cause,
  });
}

function sayWritten(folder: string, written: readonly string[], kept: readonly string[]): void {
  say(`wrote to ${folder}`);
  for (const path of written) say(`  ${path}`);
  for (const path of kept) say(colors.dim(`  ${path} was there already and is unchanged`));
  const way = relative(process.cwd(), folder);
  const flow = written.find((path) => /^flow\.(?:ts|ya?ml)$/.test(path)) ?? '';
  say('\nnext:');
  if (way !== '') say(`  cd ${/^[\w./-]+$/.test(way) ? way : `'${way.replaceAll("'", "'\\''")}'`}`);
  say(`  ${`weir run ${flow}`.padEnd(18)}   run it now`);
  say('  weir show            what happened, task by task');
  say('  weir up .            server, schedule and page');
}
