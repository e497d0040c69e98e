/**
 * What the command of `weir exec` reads. Its caller's input is passed on as it is; but what has been read once is gone, so
 * a command that may be tried again gets only what can be read again. Input must never be lost in silence.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, type Stats } from 'node:fs';
import { isatty } from 'node:tty';
import type { OwnStreams } from '../../model/command.ts';
import { WeirError } from '../../model/errors.ts';

/** @throws WeirError `usage` when there is input that a second attempt would miss */
export function inputFor(retries: number): OwnStreams['stdin'] {
  const stats = statInput();
  if (stats === null) return 'nothing';
  if (isatty(0)) return isInForeground() ? 'rest' : 'nothing';
  if (retries === 0) return 'rest';
  if (stats.isFile() && position() === 0) return 'whole';
  if (stats.isFile() ? stats.size > (position() ?? 0) : holdsData())
    throw new WeirError('usage', 'standard input holds data, which a retry could not read again', {
      hint: 'leave out --retries, give it as a file (weir exec ... < FILE), or let the command read the file itself',
    });
  return 'nothing';
}

function statInput(): Stats | null {
  try {
    return fstatSync(0);
  } catch {
    return null;
  }
}

/** How far it was read by whoever had it before; null where the system does not say. */
function position(): number | null {
  try {
    return Number(/^pos:\s*(\d+)/m.exec(readFileSync('/proc/self/fdinfo/0', 'utf8'))?.[1]);
  } catch {
    return null;
  }
}

/** Looked for without waiting; cron's own pipe is empty. What is found is lost, which is why it is refused then. */
function holdsData(): boolean {
  let fd: number | null = null;
  try {
    fd = openSync('/proc/self/fd/0', constants.O_RDONLY | constants.O_NONBLOCK);
    return readSync(fd, Buffer.alloc(1)) > 0;
  } catch {
    // nothing yet, or a socket, which cannot be looked into
    return false;
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

/** A command in the background must not take what is typed for the shell. */
function isInForeground(): boolean {
  try {
    const fields = readFileSync('/proc/self/stat', 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    const [, , group, , , foreground] = fields;
    return group === foreground;
  } catch {
    return true;
  }
}
