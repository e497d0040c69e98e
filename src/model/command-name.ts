/**
 * What a command is called when nobody gave it a name: by its program, `/opt/bin/backup.sh --full` is `backup.sh`. What
 * only starts another program is passed over: `nice -n 10 python3 -u jobs/train.py` is `train.py`, and a script for a shell
 * is called by its first program. Wrong guesses do no harm, for a name can be given. Pure.
 */

/** Programs that start another one, with those of their flags that take a value. */
const STARTERS: Readonly<Record<string, readonly string[]>> = {
  chronic: [],
  doas: ['-u', '-C'],
  env: ['-u', '-C', '--unset', '--chdir'],
  exec: ['-a'],
  ionice: ['-c', '-n'],
  nice: ['-n'],
  nohup: [],
  setsid: [],
  stdbuf: ['-i', '-o', '-e'],
  sudo: ['-u', '-g', '-h', '-p', '-C', '-D'],
  time: ['-f', '-o'],
  timeout: ['-s', '-k', '--signal', '--kill-after'],
};
/** `uv run train.py`: the word after which the program stands. */
const RUNNERS: Readonly<Record<string, string>> = {
  bun: 'run',
  conda: 'run',
  deno: 'run',
  pdm: 'run',
  pipenv: 'run',
  poetry: 'run',
  uv: 'run',
};
const SHELL = /^(?:ba|da|k|z|a)?sh$/;
const INTERPRETER = /^(?:python|pypy|ruby|perl|node|Rscript|julia|php|lua|deno|bun)[\d.]*$/;
/** Words of a script that are no program of interest. */
const PASSED_OVER = new Set([
  ...['cd', 'set', 'export', 'umask', 'ulimit', 'source', '.', ':', 'true', 'test', '[', '[[', 'trap', 'eval', 'shopt'],
  ...['if', 'then', 'else', 'elif', 'for', 'while', 'until', 'do', 'case', 'in', '{', '(', '!', 'exec'],
]);
const ASSIGNMENT = /^[A-Za-z_]\w*=/;
const AMOUNT = /^\d+(?:\.\d+)?[smhd]?$/;
const LONGEST = 60;

/** A name that a flow may have, and by which its runs can be asked for. */
export function nameOfCommand(argv: readonly string[]): string {
  const name = (programOf(argv) ?? argv[0] ?? '').replace(/^.*\/(?=[^/])/, '');
  // Runs are chosen by NAME~2, @failed and numbers.
  const plain = name
    .replace(/[^\p{L}\p{N}._+-]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, LONGEST);
  if (plain === '') return 'command';
  return /^\d+$/.test(plain) ? `command-${plain}` : plain;
}

function programOf([first = '', ...rest]: readonly string[]): string | null {
  const program = first.replace(/^.*\//, '');
  const runner = RUNNERS[program];
  if (runner !== undefined && rest[0] === runner) return programOf(withoutFlags(rest.slice(1), [])) ?? program;
  const taking = Object.hasOwn(STARTERS, program) ? STARTERS[program] : undefined;
  if (taking !== undefined) return programOf(withoutFlags(rest, taking)) ?? program;
  if (SHELL.test(program)) return ofShell(rest) ?? program;
  if (INTERPRETER.test(program)) return ofInterpreter(rest) ?? program;
  return first === '' ? null : first;
}

/** What is left when flags, variables and amounts in front are gone. */
function withoutFlags(args: readonly string[], taking: readonly string[]): readonly string[] {
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] as string;
    if (arg === '--') return args.slice(at + 1);
    if (taking.includes(arg)) at++;
    else if (!arg.startsWith('-') && !ASSIGNMENT.test(arg) && !AMOUNT.test(arg)) break;
  }
  return args.slice(at);
}

function ofShell(args: readonly string[]): string | null {
  const flag = args.findIndex((arg) => /^-[a-z]*c$/.test(arg));
  if (flag === -1) return args.find((arg) => !arg.startsWith('-')) ?? null;
  const script = args.slice(flag + 1).find((arg) => !arg.startsWith('-'));
  if (script === undefined) return null;
  for (const part of script.split(/[;&|\n]+/)) {
    const words = part.trim().split(/\s+/);
    while (words[0] !== undefined && (ASSIGNMENT.test(words[0]) || PASSED_OVER_BEFORE.has(words[0]))) words.shift();
    const [word = ''] = words;
    if (word === '' || PASSED_OVER.has(word) || /[$`"'()<>]/.test(word)) continue;
    return programOf(words.map((each) => each.replaceAll(/["']/g, '')));
  }
  return null;
}

/** In front of a command, in a script. */
const PASSED_OVER_BEFORE = new Set(['exec', 'if', 'then', 'else', 'do', 'while', 'until', '!', '{', '(']);

function ofInterpreter(args: readonly string[]): string | null {
  const module = args.indexOf('-m');
  if (module !== -1 && !args.slice(0, module).some((arg) => !arg.startsWith('-'))) return args[module + 1] ?? null;
  const file = args.find((arg) => !arg.startsWith('-'));
  // `python -c CODE` is called by its interpreter.
  return args.some((arg) => arg === '-c' || arg === '-e') ? null : (file ?? null);
}
