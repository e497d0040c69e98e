/** Why a file that is there could not be started as a program: by the spawner, or by a shell that the spawner started. */
import { closeSync, openSync, readSync } from 'node:fs';

const LONGEST_FIRST_LINE = 256;

/** Its rights, or its file system, forbid it. */
export function notExecutable(file: string): string {
  return `${file} may not be executed (EACCES): see chmod +x, or a file system mounted noexec`;
}

/** The kernel found the file, but not what the file says that it needs. */
export function interpreterProblem(file: string): string {
  const begin = beginOf(file);
  if (begin?.startsWith('#!') === false)
    return 'what it was built for is not on this machine (another system, or libc)';
  const interpreter = /^#![ \t]*([^\n \t]+)/.exec(begin ?? '')?.[1];
  if (interpreter === undefined) return 'the interpreter named in its first line does not exist';
  if (!interpreter.endsWith('\r')) return `the interpreter named in its first line, ${interpreter}, does not exist`;
  // What the kernel looks for is a program whose name ends in \r; nobody sees that in a message, nor in an editor.
  return "its lines end as on Windows (CRLF), which no interpreter's name may: sed -i 's/\\r$//' takes that away";
}

/** As much as the kernel looks at; null when it cannot be read. */
function beginOf(file: string): string | null {
  try {
    const descriptor = openSync(file, 'r');
    try {
      const bytes = Buffer.alloc(LONGEST_FIRST_LINE);
      return bytes.toString('latin1', 0, readSync(descriptor, bytes));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return null;
  }
}
