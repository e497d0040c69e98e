/**
 * The code version of what a run has loaded: every project file with its text, and where each import led.
 * A version that is given is served instead of the disk, so that a resumed run goes on with the code it began with,
 * also where files were changed, renamed or deleted since. Must never hold anything of node_modules.
 */
import { readFileSync } from 'node:fs';
import type { LoadedCode } from '../model/flow-description.ts';
import { type PackedVersion, packCode, unpackCode } from '../model/packed-code.ts';
import { sha256 } from '../model/sha256.ts';
import type { Packages } from '../model/snapshot.ts';
import { packageOf } from './installed-package.ts';

export class CodeVersion {
  readonly #files = new Map<string, string>();
  readonly #imports = new Map<string, string>();
  /** Where project files import something of node_modules. */
  readonly #ofPackages = new Set<string>();
  #given: { readonly files: ReadonlyMap<string, string>; readonly imports: ReadonlyMap<string, string> } | null = null;
  #changed: (() => void) | null = null;
  #written: { readonly hash: string; readonly text: string } | null = null;

  /** From now on files and imports of this version come from it, everything else from the disk. */
  serve(packed: Uint8Array): void {
    const version = unpackCode(packed);
    this.#given = { files: new Map(version.files), imports: new Map(version.imports) };
  }

  /** Adds what another thread of the same run has loaded. */
  add(packed: Uint8Array): void {
    const version = unpackCode(packed);
    for (const [path, text] of version.files) if (!this.#files.has(path)) this.#keep(this.#files, path, text);
    for (const [key, url] of version.imports) if (!this.#imports.has(key)) this.#keep(this.#imports, key, url);
  }

  /** Called whenever another file is loaded: a flow may import some only when it needs them. */
  onChange(handler: () => void): void {
    this.#changed = handler;
  }

  /** Whether the version that is served has the file. */
  isGiven(path: string): boolean {
    return this.#given?.files.has(path) === true;
  }

  /** The text of a project file, which is part of the version from now on. */
  readSource(path: string): string {
    const text = this.#given?.files.get(path) ?? readFileSync(path, 'utf8');
    this.#keep(this.#files, path, text);
    return text;
  }

  /** The text of a file that was loaded; empty when it was not. */
  sourceOf(path: string): string {
    return this.#files.get(path) ?? '';
  }

  /** Paths of all files that were loaded. */
  paths(): readonly string[] {
    return [...this.#files.keys()].sort();
  }

  /** Where this import led in the version that is served. */
  givenImport(specifier: string, parentUrl: string | undefined): string | null {
    const key = importKey(specifier, parentUrl);
    const url = this.#given?.imports.get(key);
    if (url === undefined) return null;
    this.#keep(this.#imports, key, url);
    return url;
  }

  /** Remembers where an import of a project file led: a link or an extension may lead elsewhere another day. */
  noteImport(specifier: string, parentUrl: string | undefined, url: string): void {
    if (isOfProject(url)) this.#keep(this.#imports, importKey(specifier, parentUrl), url);
    else if (url.startsWith('file:') && parentUrl !== undefined && isOfProject(parentUrl)) this.#ofPackages.add(url);
  }

  /** The packages that project files have imported so far, as they are installed. */
  packages(): Packages {
    const found = [...this.#ofPackages].map(packageOf).filter((each) => each !== null);
    return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** What is loaded so far: its hash, and its files unless that is the hash that is known. */
  loaded(known: string | null): LoadedCode {
    this.#written ??= write({ files: sorted(this.#files), imports: sorted(this.#imports) });
    const { hash, text } = this.#written;
    return { hash, files: hash === known ? null : packCode(text) };
  }

  #keep(map: Map<string, string>, key: string, value: string): void {
    if (map.get(key) === value) return;
    map.set(key, value);
    this.#written = null;
    this.#changed?.();
  }
}

/** A version of one file, with no disk behind it. */
export function packFile(path: string, text: string): Uint8Array {
  return packCode(write({ files: [[path, text]], imports: [] }).text);
}

/** Whether an address is that of a project's own file. */
export function isOfProject(url: string): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/');
}

/** An absolute import means the same wherever it stands: the entry file is asked for by nobody in particular. */
function importKey(specifier: string, parentUrl: string | undefined): string {
  return specifier.startsWith('file:') ? specifier : `${parentUrl ?? ''} ${specifier}`;
}

function write(version: PackedVersion): { readonly hash: string; readonly text: string } {
  const text = JSON.stringify(version);
  return { text, hash: sha256(text, 'hex').slice(0, 32) };
}

function sorted(map: ReadonlyMap<string, string>): [string, string][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
