/** Keeps `fs`, in all its forms, away from Weir's own files. What opens nothing (stat, readdir) is left alone. */
import type { OwnFiles } from './own-files.ts';

/** Which arguments are paths that are opened, changed or removed. */
const OPENERS: Readonly<Record<string, readonly number[]>> = {
  appendFile: [0],
  copyFile: [0, 1],
  link: [0, 1],
  open: [0],
  openAsBlob: [0],
  readFile: [0],
  truncate: [0],
  unlink: [0],
  writeFile: [0],
};

/** These reach everything below a folder, too. */
const DEEP: Readonly<Record<string, readonly number[]>> = { cp: [0, 1], rename: [0, 1], rm: [0] };

type Fs = Record<string, ((...args: unknown[]) => unknown) | undefined>;

/** Streams open by the guarded `fs.open`. */
export function guardFiles(own: OwnFiles): void {
  const fs = process.getBuiltinModule('node:fs') as unknown as Fs & { readonly promises: Fs };
  const check = (name: string, args: readonly unknown[]) => {
    const how = `fs.${name}`;
    const plain = name.replace(/Sync$/, '');
    for (const position of OPENERS[plain] ?? []) own.refuse(args[position], how);
    for (const position of DEEP[plain] ?? []) own.refuseAround(args[position], how);
  };
  for (const plain of [...Object.keys(OPENERS), ...Object.keys(DEEP)]) {
    replace(fs, `${plain}Sync`, check, (error) => {
      throw error;
    });
    replace(fs, plain, check, (error, args) => {
      const callback = args.at(-1);
      if (typeof callback !== 'function') throw error;
      process.nextTick(callback, error);
    });
    replace(fs.promises, plain, check, (error) => Promise.reject(error));
  }
}

function replace(
  module: Fs,
  name: string,
  check: (name: string, args: readonly unknown[]) => void,
  onRefused: (error: unknown, args: readonly unknown[]) => unknown,
): void {
  const original = module[name];
  if (original === undefined) return;
  const guarded = function (this: unknown, ...args: unknown[]): unknown {
    try {
      check(name, args);
    } catch (error) {
      return onRefused(error, args);
    }
    return original.apply(this, args);
  };
  // `util.promisify` and whoever reads `name` or `length` find what was there.
  module[name] = Object.defineProperties(guarded, Object.getOwnPropertyDescriptors(original));
}
