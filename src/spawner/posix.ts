/**
 * Calls of the C library that Node has no words for: posix_spawn, which starts a process without a copy of this one's
 * memory (a third of the CPU time that Node's fork takes), waitpid for what was started so, and mkfifo.
 * Must hand over only memory of its own, zero-terminated, that is alive until the call returns. Where anything is missing
 * it says null, and Node's own ways serve.
 */
import { constants as system } from 'node:os';

/** Zero-terminated lists of zero-terminated texts, as execve takes them. */
export interface TextTable {
  readonly pointers: Buffer;
  /** What they point to. */
  readonly texts: Buffer;
}

export interface Posix {
  /** The pid of the new process, a session of its own with no signal blocked or ignored; null: it could not be started. */
  spawn(process: {
    readonly path: string;
    readonly cwd: string;
    readonly argv: readonly string[];
    readonly env: readonly string[];
    /** Descriptors of this process for 0, 1 and 2. */
    readonly stdio: readonly [number, number, number];
  }): number | null;
  /** False: not all of them. */
  makeFifos(paths: readonly string[]): boolean;
  /** How a process has ended, once; null while it runs. */
  ended(pid: number): { readonly exitCode: number | null; readonly signal: string | null } | null;
}

const SETSIGDEF = 0x04;
const SETSIGMASK = 0x08;
/** Of glibc and musl. */
const SETSID = 0x80;
const WNOHANG = 1;
/** Rights: for this user alone. */
const OWN = 0o600;
/** More than any C library has for its attributes, its actions or a set of signals. */
const STRUCT_BYTES = 1024;

const SIGNAL_NAMES = new Map<number, string>();
for (const [name, number] of Object.entries(system.signals)) {
  if (!SIGNAL_NAMES.has(number)) SIGNAL_NAMES.set(number, name);
}

/** null where there is no such library. */
export function loadPosix(): Posix | null {
  if (process.platform !== 'linux') return null;
  try {
    return createPosix(loadLibrary());
  } catch {
    return null;
  }
}

function createPosix({ c, addressOf }: Library): Posix {
  const attributes = Buffer.alloc(STRUCT_BYTES);
  const signals = Buffer.alloc(STRUCT_BYTES);
  const actions = Buffer.alloc(STRUCT_BYTES);
  const answer = Buffer.alloc(8);
  must(c.posix_spawnattr_init(attributes));
  // A bit for each. All of them, also the two that the C library keeps to itself, which it would leave ignored.
  must(c.posix_spawnattr_setsigdefault(attributes, signals.fill(0xff)));
  must(c.posix_spawnattr_setsigmask(attributes, signals.fill(0)));
  must(c.posix_spawnattr_setflags(attributes, SETSIGDEF | SETSIGMASK | SETSID));

  return {
    spawn({ path, cwd, argv, env, stdio }) {
      const args = tableOf(argv, addressOf);
      const variables = tableOf(env, addressOf);
      const file = textOf([path]);
      const folder = textOf([cwd]);
      if (args === null || variables === null || file === null || folder === null) return null;
      must(c.posix_spawn_file_actions_init(actions));
      try {
        for (const [index, fd] of stdio.entries()) must(c.posix_spawn_file_actions_adddup2(actions, fd, index));
        must(c.posix_spawn_file_actions_addchdir_np(actions, folder));
        const error = c.posix_spawn(answer, file, actions, attributes, args.pointers, variables.pointers);
        // Named here so that they live until now.
        return error === 0 && args.texts.length + variables.texts.length > 0 ? answer.readInt32LE() : null;
      } finally {
        c.posix_spawn_file_actions_destroy(actions);
      }
    },
    makeFifos: (paths) => paths.every((path) => c.mkfifo(Buffer.from(`${path}\0`), OWN) === 0),
    ended(pid) {
      if (c.waitpid(pid, answer, WNOHANG) !== pid) return null;
      const status = answer.readInt32LE();
      const signal = status & 0x7f;
      if (signal === 0) return { exitCode: (status >> 8) & 0xff, signal: null };
      return { exitCode: null, signal: SIGNAL_NAMES.get(signal) ?? `signal ${signal}` };
    },
  };
}

function must(error: number): void {
  if (error !== 0) throw new Error(`the C library refused (${error})`);
}

/** null: a text holds a zero itself. */
function textOf(texts: readonly string[]): Buffer | null {
  const bytes = Buffer.from(texts.map((text) => `${text}\0`).join(''), 'utf8');
  let count = 0;
  for (let at = bytes.indexOf(0); at !== -1; at = bytes.indexOf(0, at + 1)) count++;
  return count === texts.length ? bytes : null;
}

function tableOf(list: readonly string[], addressOf: (bytes: Buffer) => bigint): TextTable | null {
  const texts = textOf(list);
  if (texts === null) return null;
  const pointers = Buffer.alloc((list.length + 1) * 8);
  const base = list.length === 0 ? 0n : addressOf(texts);
  let at = 0;
  list.forEach((_, index) => {
    pointers.writeBigUInt64LE(base + BigInt(at), index * 8);
    at = texts.indexOf(0, at) + 1;
  });
  return { pointers, texts };
}

type Name =
  | 'posix_spawn'
  | 'posix_spawnattr_init'
  | 'posix_spawnattr_setflags'
  | 'posix_spawnattr_setsigdefault'
  | 'posix_spawnattr_setsigmask'
  | 'posix_spawn_file_actions_init'
  | 'posix_spawn_file_actions_adddup2'
  | 'posix_spawn_file_actions_addchdir_np'
  | 'posix_spawn_file_actions_destroy'
  | 'waitpid'
  | 'mkfifo';

const SIGNATURES: Readonly<Record<Name, readonly ('buffer' | 'i32' | 'i16')[]>> = {
  posix_spawn: ['buffer', 'buffer', 'buffer', 'buffer', 'buffer', 'buffer'],
  posix_spawnattr_init: ['buffer'],
  posix_spawnattr_setflags: ['buffer', 'i16'],
  posix_spawnattr_setsigdefault: ['buffer', 'buffer'],
  posix_spawnattr_setsigmask: ['buffer', 'buffer'],
  posix_spawn_file_actions_init: ['buffer'],
  posix_spawn_file_actions_adddup2: ['buffer', 'i32', 'i32'],
  posix_spawn_file_actions_addchdir_np: ['buffer', 'buffer'],
  posix_spawn_file_actions_destroy: ['buffer'],
  waitpid: ['i32', 'buffer', 'i32'],
  mkfifo: ['buffer', 'i32'],
};

interface Library {
  readonly c: Readonly<Record<Name, (...values: readonly (Buffer | number)[]) => number>>;
  readonly addressOf: (bytes: Buffer) => bigint;
}

/** Node's own words for this; not part of what its types describe. */
interface Ffi {
  dlopen(
    path: null,
    functions: Readonly<Record<string, { readonly arguments: readonly string[]; readonly return: string }>>,
  ): { readonly functions: Library['c'] };
  getRawPointer(bytes: Buffer): bigint;
}

function loadLibrary(): Library {
  // It says that it may change, in the next Node: this one is part of the executable.
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    const ffi = process.getBuiltinModule('node:ffi') as unknown as Ffi;
    const wanted = Object.entries(SIGNATURES).map(([name, types]) => [name, { arguments: types, return: 'i32' }]);
    const { functions } = ffi.dlopen(null, Object.fromEntries(wanted));
    return { c: functions, addressOf: (bytes) => BigInt(ffi.getRawPointer(bytes)) };
  } finally {
    process.emitWarning = emitWarning;
  }
}
