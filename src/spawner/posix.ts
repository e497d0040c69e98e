/**
 * Calls of the C library that Node has no words for: posix_spawn, which starts a process without a copy of this one's
 * memory (a third of the CPU time that Node's fork takes), waitpid for what was started so, and mkfifo.
 * Must hand over only memory of its own, zero-terminated, that is alive until the call returns. Where anything is missing
 * it says null, and Node's own ways serve.
 */
import { constants as system } from 'node:os';

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
const ADDRESS_BYTES = 8;
/** Values of one half of it. */
const HALF = 2 ** 32;
/** What is smaller might be kept where the garbage collector moves it. */
const SMALLEST_TABLE = 4096;

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
  const args = new TextTable(addressOf);
  const variables = new TextTable(addressOf);
  must(c.posix_spawnattr_init(attributes));
  // A bit for each. All of them, also the two that the C library keeps to itself, which it would leave ignored.
  must(c.posix_spawnattr_setsigdefault(attributes, signals.fill(0xff)));
  must(c.posix_spawnattr_setsigmask(attributes, signals.fill(0)));
  must(c.posix_spawnattr_setflags(attributes, SETSIGDEF | SETSIGMASK | SETSID));

  return {
    spawn({ path, cwd, argv, env, stdio }) {
      if (!args.fill(argv) || !variables.fill(env) || path.includes('\0') || cwd.includes('\0')) return null;
      const file = Buffer.from(`${path}\0`);
      const folder = Buffer.from(`${cwd}\0`);
      must(c.posix_spawn_file_actions_init(actions));
      try {
        for (const [index, fd] of stdio.entries()) must(c.posix_spawn_file_actions_adddup2(actions, fd, index));
        must(c.posix_spawn_file_actions_addchdir_np(actions, folder));
        const error = c.posix_spawn(answer, file, actions, attributes, args.pointers, variables.pointers);
        return error === 0 ? answer.readInt32LE() : null;
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

/** A zero-terminated list of zero-terminated texts, as execve takes it. Its memory is used again for each. */
class TextTable {
  readonly #addressOf: (bytes: Buffer) => bigint;
  #texts = Buffer.alloc(0);
  #address = 0;
  #pointers = Buffer.alloc(0);

  constructor(addressOf: (bytes: Buffer) => bigint) {
    this.#addressOf = addressOf;
  }

  /** Valid until it is filled again. */
  get pointers(): Buffer {
    return this.#pointers;
  }

  /** False: one of them holds a zero itself. */
  fill(list: readonly string[]): boolean {
    const text = list.length === 0 ? '' : `${list.join('\0')}\0`;
    // No character takes more than three bytes for each of its units.
    if (text.length * 3 > this.#texts.length) {
      this.#texts = Buffer.alloc(Math.max(text.length * 3, SMALLEST_TABLE));
      // An address has 48 bits, so a number holds it.
      this.#address = Number(this.#addressOf(this.#texts));
    }
    const size = (list.length + 1) * ADDRESS_BYTES;
    if (size > this.#pointers.length) this.#pointers = Buffer.alloc(Math.max(size, SMALLEST_TABLE));
    const length = this.#texts.write(text);
    let count = 0;
    let begin = 0;
    for (let at = 0; at < length; at++) {
      if (this.#texts[at] !== 0) continue;
      if (count === list.length) return false;
      this.#point(count++, this.#address + begin);
      begin = at + 1;
    }
    this.#point(count, 0);
    return count === list.length;
  }

  /** An empty slot ends the list. */
  #point(slot: number, address: number): void {
    this.#pointers.writeUInt32LE(address % HALF, slot * ADDRESS_BYTES);
    this.#pointers.writeUInt32LE(Math.floor(address / HALF), slot * ADDRESS_BYTES + ADDRESS_BYTES / 2);
  }
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
