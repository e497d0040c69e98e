/**
 * Which project files a source may name or import, by its text: `python train.py` in a flow, `source lib.sh` in a script,
 * `from features import clean` in Python. Candidates only: whoever asks looks which of them are there. A word too many is
 * no file; a file too few can be listed. Pure.
 */
import { isSourceName } from './named-files.ts';

export interface NamedFile {
  /** As written, or as an import comes to. */
  readonly path: string;
  /** It has no ending of a source: it counts only where it may be executed. */
  readonly isProgram: boolean;
}

/** `path`: of the text itself, whose ending says what it is written in. */
export function filesNamedIn(path: string, text: string): NamedFile[] {
  const found = new Map<string, NamedFile>();
  const add = (each: string, isProgram: boolean) => found.set(each, { path: each, isProgram });
  for (const [word] of text.matchAll(WORD)) {
    const clean = word.replace(/^[.,]+(?=[^./])|[.,]+$/g, '');
    if (isSourceName(clean)) add(clean, false);
    else if (/^\.{1,2}\/./.test(clean) && !/\.[A-Za-z]\w*$/.test(clean)) add(clean, true);
  }
  if (/\.pyx?$/.test(path)) for (const each of pythonImports(text)) add(each, false);
  // `python -m pipeline.train`
  for (const [, name = ''] of text.matchAll(/(?:^|\s)-m\s+([A-Za-z_][\w.]*)/g))
    for (const each of moduleFiles(name)) add(each, false);
  return [...found.values()];
}

const WORD = /[\w@%+.,/-]+/g;
const FROM = /^[ \t]*from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]+)/gm;
const IMPORT = /^[ \t]*import[ \t]+([\w., \t]+)/gm;

function pythonImports(text: string): string[] {
  const found: string[] = [];
  for (const [, dots = '', module = '', names = ''] of text.matchAll(FROM)) {
    // One dot is the script's own folder.
    const up = dots.length > 1 ? '../'.repeat(dots.length - 1) : '';
    const base = module === '' ? [] : [module];
    if (module !== '') found.push(...moduleFiles(module).map((file) => up + file));
    for (const name of names.replaceAll(/[()]/g, '').split(',')) {
      const [only = ''] = name.trim().split(/\s+/);
      if (/^\w+$/.test(only)) found.push(...moduleFiles([...base, only].join('.')).map((file) => up + file));
    }
  }
  for (const [, names = ''] of text.matchAll(IMPORT))
    for (const name of names.split(',')) found.push(...moduleFiles(name.trim().split(/\s+/)[0] ?? ''));
  return found;
}

/** A module, and the packages that it lies in. */
function moduleFiles(name: string): string[] {
  if (!/^[A-Za-z_][\w.]*$/.test(name)) return [];
  const parts = name.split('.').filter(Boolean);
  const path = parts.join('/');
  const around = parts.map((_, at) => `${parts.slice(0, at + 1).join('/')}/__init__.py`);
  return [`${path}.py`, `${path}/__main__.py`, ...around];
}
