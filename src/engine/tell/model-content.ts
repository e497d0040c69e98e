/** The content of a model's version, verified by its hash before anybody sees a byte of it. */
import { decode } from '../../model/codec.ts';
import { toPlainJson } from '../../model/plain-json.ts';
import type { ModelVersion } from '../../model/registered-model.ts';
import type { Store } from '../../store/store.ts';

/** Of a value its JSON, as programs of other languages can read it; of a file where its bytes lie. */
export type ModelFile =
  | { readonly kind: 'value'; readonly fileName: string; readonly json: string }
  | { readonly kind: 'file'; readonly fileName: string; readonly path: string; readonly size: number };

/** @throws WeirError when the file is gone or not what was registered */
export async function modelContent(store: Store, version: ModelVersion): Promise<ModelFile> {
  const { format, fileName, size, contentHash } = version;
  if (format === 'value') return { kind: 'value', fileName, json: modelValueJson(store, version) };
  const path = await store.content.verifiedPath(contentHash, versionInWords(version));
  return { kind: 'file', fileName, path, size };
}

/** The JSON of a value. */
export function modelValueJson(store: Store, version: ModelVersion): string {
  return JSON.stringify(toPlainJson(decode(store.content.read(version.contentHash, versionInWords(version)))));
}

/** As messages call it. */
export function versionInWords({ model, version }: Pick<ModelVersion, 'model' | 'version'>): string {
  return `version ${version} of model "${model}"`;
}
