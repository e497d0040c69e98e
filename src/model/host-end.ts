/** Why a host ended although nobody stopped it, in words. Pure; used on both sides of a process host. */
import { signalInWords } from './command-end.ts';

/** A thread that died of an error nobody handled, or of too much memory. */
export function threadErrorInWords(error: unknown): string {
  const { code, message, name } = error as { code?: string; message: string; name: string };
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return 'out of memory: the flow needed more than its thread may have';
  return `${name}: ${message}`;
}

/** A thread that went without an error. */
export function threadExitInWords(code: number): string {
  return `the flow's code ended its thread by process.exit(${code})`;
}

/** A process that died without saying why; `lastWords` is the end of what it wrote to standard error. */
export function processDeathInWords(code: number | null, signal: string | null, lastWords: string): string {
  const how = signalInWords({ exitCode: code, signal, peakMemory: null, cpuMs: null });
  const fatal = /^FATAL ERROR: (.*)$/m.exec(lastWords)?.[1];
  const reason = fatal === undefined ? '' : `: ${/heap|memory/i.test(fatal) ? 'out of memory, ' : ''}${fatal}`;
  return `its process died, ${how}${reason}`;
}
