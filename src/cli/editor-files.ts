/**
 * What makes an editor understand a flow file without npm: the declarations of Weir, zod and Node below .weir/types,
 * and a tsconfig.json that leads there. `tsc -p .` checks with the same files.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { assetBytes } from '../assets.ts';

const TSCONFIG = `{
  // Written by weir init. Flow files need no npm: their types lie in .weir/types, which weir init renews.
  "compilerOptions": {
    "target": "esnext",
    "lib": ["esnext"],
    "module": "esnext",
    "moduleResolution": "bundler",
    "allowImportingTsExtensions": true,
    "noEmit": true,
    "strict": true,
    // Types are stripped, not compiled: what would need compiling (enum, namespace) is refused.
    "erasableSyntaxOnly": true,
    "verbatimModuleSyntax": true,
    "skipLibCheck": true,
    "typeRoots": ["./.weir/types"],
    "types": ["node"],
    "paths": {
      "weir": ["./.weir/types/weir/sdk/index.d.ts"],
      "zod": ["./.weir/types/zod/index.d.ts"],
      "zod/*": ["./.weir/types/zod/*/index.d.ts"],
      "@standard-schema/spec": ["./.weir/types/@standard-schema/spec/dist/index.d.ts"],
      "undici-types": ["./.weir/types/undici-types/index.d.ts"],
      "undici-types/*": ["./.weir/types/undici-types/*"]
    }
  }
}
`;

/** Written where they are missing, and never again. */
export const EDITOR_FILES: Readonly<Record<string, string>> = { 'tsconfig.json': TSCONFIG, '.gitignore': '.weir/\n' };

/** Replaces FOLDER/.weir/types as a whole, so that nothing of an older Weir stays. */
export function unpackTypes(folder: string): void {
  const types = join(folder, '.weir', 'types');
  const temporary = `${types}.${process.pid}.tmp`;
  const files = JSON.parse(brotliDecompressSync(assetBytes('types.json.br')).toString()) as Record<string, string>;
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(temporary, path)), { recursive: true });
      writeFileSync(join(temporary, path), text);
    }
    rmSync(types, { recursive: true, force: true });
    renameSync(temporary, types);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
