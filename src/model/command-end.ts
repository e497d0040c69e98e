/**
 * How a command ended, in words. Pure.
 */
import type { CommandEnd } from './command.ts';

/** Signals a command may die of; the same numbers on Linux and macOS except where noted. */
const NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  // Linux; others below differ on macOS and are told by name alone there too.
  SIGBUS: 7,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGSYS: 31,
};

const MEANINGS: Readonly<Record<string, string>> = {
  SIGKILL: 'likely out of memory',
  SIGSEGV: 'segmentation fault',
  SIGABRT: 'aborted',
  SIGFPE: 'arithmetic error',
  SIGILL: 'illegal instruction',
  SIGBUS: 'bus error',
  SIGPIPE: 'nobody read its output',
  SIGXCPU: 'CPU time limit',
  SIGXFSZ: 'file size limit',
};

/** Such as "exit code 3" or "killed by signal 9 (SIGKILL), likely out of memory". */
export function signalInWords(end: CommandEnd): string {
  if (end.signal !== null) {
    const number = NUMBERS[end.signal];
    const named = number === undefined ? end.signal : `${number} (${end.signal})`;
    if (end.wasAsked === true) return `ended by signal ${named}`;
    return `killed by signal ${named}${meaningOf(end.signal)}`;
  }
  const code = end.exitCode ?? 0;
  // A shell reports a command killed by a signal as 128 and its number.
  const name = Object.keys(NUMBERS).find((each) => NUMBERS[each] === code - 128);
  if (name !== undefined)
    return `exit code ${code} (killed by signal ${code - 128} (${name}) inside the command${meaningOf(name)})`;
  if (code === 127) return 'exit code 127 (command not found inside the command)';
  if (code === 126) return 'exit code 126 (not executable inside the command)';
  return `exit code ${code}`;
}

function meaningOf(signal: string): string {
  const meaning = MEANINGS[signal];
  return meaning === undefined ? '' : `, ${meaning}`;
}
