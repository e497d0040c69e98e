/** What a file is called that may hold flows, and how one flow in it is named: `FILE:FLOW`. Judges by names alone. */

const YAML = /\.ya?ml$/;
const SCRIPT = /\.[cm]?[jt]s$/;
const TARGET = /^(.*\.(?:[cm]?[jt]s|ya?ml))(?::([^:/]+))?$/;

export function isYamlFile(path: string): boolean {
  return YAML.test(path);
}

/** TypeScript or JavaScript. */
export function isScriptFile(path: string): boolean {
  return SCRIPT.test(path);
}

/** `etl` of `jobs/etl.yaml`, for a flow that has no name of its own. */
export function stemOf(fileName: string): string {
  return fileName.replace(YAML, '').replace(SCRIPT, '');
}

/** `train.ts:nightly` and `train.ts` in their parts; null: no such file is meant. */
export function flowTarget(text: string): { readonly file: string; readonly flow: string | null } | null {
  const [, file, flow = null] = TARGET.exec(text) ?? [];
  return file === undefined ? null : { file, flow };
}
