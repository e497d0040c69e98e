/**
 * Explains a command that was not found: the PATH it was looked for in, and where the user's login shell finds it, which
 * is what cron and services lack. Asked only after the failure, and never long: a start-up file may do anything.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Command } from '../model/command.ts';
import { loginAnswer, loginQuestion, missingPrograms, shellOf } from '../model/missing-program.ts';
import type { Commands } from './commands.ts';

const USUAL_PATH = '/usr/local/bin:/usr/bin:/bin';
const PATIENCE_MS = 3000;
const GRACE_MS = 200;
const MOST_OUTPUT = 64 * 1024;

/** A sentence or two; null when the last lines do not say which program is missing. */
export async function explainMissing(
  commands: Commands,
  command: Pick<Command, 'env' | 'cwd'>,
  lastLines: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  const path = command.env.PATH ?? USUAL_PATH;
  // A name that is there was not the missing one.
  const name = missingPrograms(lastLines).find((each) => findIn(path.split(':'), each, command.cwd) === null);
  if (name === undefined) return null;
  const elsewhere = await explainAbsence(commands, name, command.cwd, signal);
  if (shellOf(name) !== null) return elsewhere;
  // A PATH is long, and where a line is cut the answer should stand before it.
  return [`command not found: ${name}.`, elsewhere, `It was looked for in PATH=${path}`].filter(Boolean).join(' ');
}

/** What it is instead of a program that is there, or where the login shell finds it; null when that could not be asked. */
export async function explainAbsence(
  commands: Commands,
  name: string,
  cwd: string,
  signal: AbortSignal,
): Promise<string | null> {
  const shell = shellOf(name);
  if (shell === null) return askLoginShell(commands, name, cwd, signal);
  const [which, who] = shell === 'bash' ? ['bash', 'only bash'] : ['the shell', 'only a shell'];
  return `${name} is a part of ${which} and no program: ${who} carries it out, and for itself alone.`;
}

async function askLoginShell(
  commands: Commands,
  name: string,
  cwd: string,
  signal: AbortSignal,
): Promise<string | null> {
  const shell = loginShell();
  if (shell === null || signal.aborted || !/^[\w][\w.+@-]*$/.test(name)) return null;
  let output = '';
  try {
    await commands.run(
      {
        argv: [shell, '-lic', loginQuestion(name)],
        cwd: homedir(),
        env: loginEnvironment(shell),
        stderr: 'separate',
        graceMs: GRACE_MS,
      },
      {
        onOutput(stream, data) {
          if (stream === 'stdout') output = (output + Buffer.from(data).toString()).slice(-MOST_OUTPUT);
        },
        signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
      },
    );
  } catch {
    return null;
  }
  const answer = loginAnswer(name, output);
  if (answer === null) return null;
  const file = findIn(answer.path, name, cwd);
  const who = `Your login shell (${shell})`;
  if (file !== null)
    return `${who} finds it at ${file}: call it by that path, or give the task a PATH with that folder.`;
  if (answer.isFunction) return `${who} knows it as a function or an alias, which scripts do not see.`;
  return `${who} does not find it either: is it installed?`;
}

function findIn(folders: readonly string[], name: string, cwd: string): string | null {
  for (const folder of folders) {
    const file = join(isAbsolute(folder) ? folder : join(cwd, folder), name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // not in this folder
    }
  }
  return null;
}

function loginShell(): string | null {
  const shell = process.env.SHELL || userInfo().shell || null;
  return shell === null || /\/(?:nologin|false)$/.test(shell) ? null : shell;
}

/** As a login begins: what Weir itself was started with must not answer in the shell's place. */
function loginEnvironment(shell: string): Record<string, string> {
  const env: Record<string, string> = { PATH: USUAL_PATH, SHELL: shell, TERM: 'dumb' };
  for (const name of ['HOME', 'USER', 'LOGNAME', 'LANG', 'TMPDIR']) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  env.HOME ??= homedir();
  return env;
}
