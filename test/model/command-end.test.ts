import { expect, it } from 'vitest';
import { signalInWords } from '../../src/model/command-end.ts';

const nothing = { exitCode: null, signal: null, peakMemory: null, cpuMs: null };

it.each([
  [{ exitCode: 3 }, 'exit code 3'],
  [{ exitCode: 127 }, 'exit code 127 (command not found inside the command)'],
  [{ exitCode: 126 }, 'exit code 126 (not executable inside the command)'],
  [{ exitCode: 137 }, 'exit code 137 (killed by signal 9 (SIGKILL) inside the command, likely out of memory)'],
  [{ exitCode: 139 }, 'exit code 139 (killed by signal 11 (SIGSEGV) inside the command, segmentation fault)'],
  [{ exitCode: 143 }, 'exit code 143 (killed by signal 15 (SIGTERM) inside the command)'],
  [{ exitCode: 255 }, 'exit code 255'],
  [{ signal: 'SIGKILL' }, 'killed by signal 9 (SIGKILL), likely out of memory'],
  [{ signal: 'SIGKILL', wasAsked: true }, 'ended by signal 9 (SIGKILL)'],
  [{ signal: 'SIGSEGV' }, 'killed by signal 11 (SIGSEGV), segmentation fault'],
  [{ signal: 'SIGTERM' }, 'killed by signal 15 (SIGTERM)'],
  [{ signal: 'SIGRTMIN' }, 'killed by signal SIGRTMIN'],
])('%o is told as "%s"', (end, words) => {
  expect(signalInWords({ ...nothing, ...end })).toBe(words);
});
