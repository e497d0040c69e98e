/**
 * What makes an editor understand a flow file without npm. For TypeScript the declarations of Weir, zod and Node below
 * .weir/types, and a tsconfig.json that leads there (`tsc -p .` checks with the same files); for YAML the format's schema.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { assetBytes } from '../../assets.ts';
import { formatSchema } from '../../runner/yaml/format-schema.ts';

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

export interface EditorSupport {
  /** Written where they are missing, and never again. */
  readonly files: Readonly<Record<string, string>>;
  /** What is Weir's own: where it lies in the project, and how it is written anew. */
  readonly own: string;
  unpack(folder: string): void;
}

const OF_TYPESCRIPT: EditorSupport = {
  files: { 'tsconfig.json': TSCONFIG, '.gitignore': '.weir/\n' },
  own: '.weir/types/',
  unpack: unpackTypes,
};

/** A flow's first line names it: `# yaml-language-server: $schema=.weir/flow.schema.json` */
const OF_YAML: EditorSupport = {
  files: { '.gitignore': '.weir/\n' },
  own: '.weir/flow.schema.json',
  unpack(folder) {
    mkdirSync(join(folder, '.weir'), { recursive: true });
    writeFileSync(join(folder, OF_YAML.own), `${JSON.stringify(formatSchema(), null, 2)}\n`);
  },
};

/** By the language of the flows among these files. */
export function editorSupport(files: readonly string[]): EditorSupport {
  return files.some((path) => path.endsWith('.ts')) ? OF_TYPESCRIPT : OF_YAML;
}

/** Replaces FOLDER/.weir/types as a whole, so that nothing of an older Weir stays. */
function unpackTypes(folder: string): void {
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
