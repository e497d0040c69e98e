/**
 * What a `run` gives to a shell: which shells there are, and whether a value can stand at the places where expressions
 * stand. In a POSIX shell each value becomes an environment variable (model/shell-script.ts); every other shell must
 * read it from the environment itself, so expressions in its scripts are refused.
 */
import { placeFaults } from '../../model/shell-script.ts';
import type { Problems, Span } from './problem.ts';
import { secondReader } from './second-reader.ts';
import type { FoundTemplate } from './template.ts';
import { shorten } from './told.ts';
import type { YamlExpression } from './yaml-flow.ts';

const POSIX = ['sh', 'bash', 'dash', 'zsh', 'ksh', 'mksh', 'ash', 'busybox'];
const OTHERS = [
  'python',
  'python3',
  'node',
  'perl',
  'ruby',
  'Rscript',
  'R',
  'julia',
  'php',
  'lua',
  'fish',
  'nu',
  'pwsh',
  'powershell',
  'csh',
  'tcsh',
  'elvish',
  'osascript',
  'duckdb',
  'sqlite3',
  'psql',
];

/** Whether values can be bound to variables in scripts for this shell; null is the default shell. */
export function isPosixShell(shell: string | null): boolean {
  return shell === null || POSIX.includes(programOf(shell));
}

/** The program of `bash -eu`, `/usr/bin/env bash`, `/opt/python/bin/python3.12`: `bash`, `bash`, `python3.12`. */
export function programOf(shell: string): string {
  const words = shell.trim().split(/\s+/);
  const [program = ''] = words[0]?.endsWith('/env') || words[0] === 'env' ? words.slice(1) : words;
  return program.slice(program.lastIndexOf('/') + 1);
}

/** A path may be any program; a bare name is one that Weir knows, since a mistyped one is likelier than a rare one. */
export function judgeShell(shell: string, span: Span, problems: Problems): void {
  const program = programOf(shell);
  const name = program.replace(/[\d.]+$/, '');
  const known = [...POSIX, ...OTHERS];
  if (shell.trim().split(/\s+/)[0]?.includes('/') || known.includes(program) || known.includes(name)) return;
  const others = `Weir knows ${POSIX.slice(0, 5).join(', ')}, ${OTHERS.slice(0, 6).join(', ')} and some more; any other program by its path`;
  problems.error(span, `"${shorten(shell)}" is no shell that Weir knows`, problems.suggest(program, known, others));
}

/** Tells where in a script a value cannot stand, and how to read it there. `span` is the script's. */
export function judgeScript(
  { template, found }: FoundTemplate,
  shell: string | null,
  span: Span,
  problems: Problems,
): void {
  if (found.length === 0) return;
  if (!isPosixShell(shell)) {
    for (const { expression, span: place } of found) {
      const name = programOf(shell ?? '');
      problems.error(
        place,
        `\${{ }} cannot stand in a script for ${name}: a value must never become script text`,
        readIt(expression, name),
      );
    }
    return;
  }
  const variableOf = (at: number) => variableFor(template.expressions[at] as YamlExpression).name;
  for (const { index, error } of placeFaults(template.parts, { variableOf })) {
    const place = index === null ? undefined : found[index];
    const sentence = error.message
      .replace(/^Line \d+ of the script: /, '')
      .replace(/\. [RP]\w+ .*|\.$/, '')
      .replace(/^T/, 't');
    const hint = place === undefined ? (error.hint ?? 'close it') : readIt(place.expression, 'sh');
    problems.error(place?.span ?? span, sentence, hint);
  }
  for (const [index, { expression, span: place }] of found.entries()) {
    // What stands for the values before it must be a word.
    const program = secondReader(template.parts.slice(0, index + 1).join('value'));
    if (program === null) continue;
    const message = `${program} takes this value for code and runs it, whatever quotes are around it`;
    problems.warning(place, message, SAFE_WAYS[program] ?? `${readIt(expression, program)}, inside single quotes`);
  }
}

/** Of those that do not have the command's environment, or cannot read it. */
const SAFE_WAYS: Readonly<Record<string, string>> = {
  ssh: 'hand it on by standard input, or allow plain words only: params: { ... pattern: "^[a-z0-9-]+$" }',
  psql: 'hand the statement on by standard input, and the value by -v NAME=VALUE',
};

/** The variable that holds the value in any case, or one to be made. */
function variableFor({ reads }: YamlExpression): { readonly name: string; readonly isThere: boolean } {
  const path = reads.length === 1 ? (reads[0] ?? []) : [];
  const [head, member = ''] = path;
  if (path.length === 2) {
    const name = member.toUpperCase().replace(/[^A-Z0-9]/g, '_');
    if (head === 'params') return { name: `WEIR_PARAM_${name}`, isThere: true };
    if (head === 'slot' && ['time', 'start', 'end'].includes(member.toLowerCase()))
      return { name: `WEIR_SLOT_${name}`, isThere: true };
    if (head === 'env') return { name: member, isThere: true };
    if (head === 'run' && member.toLowerCase() === 'id') return { name: 'WEIR_RUN', isThere: true };
  }
  const last = path.at(-1) ?? 'value';
  const name = last
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '_')
    .replace(/^(?=\d)|^$/, 'V');
  return { name: name.startsWith('WEIR_') ? `MY_${name}` : name, isThere: false };
}

function readIt(expression: YamlExpression, program: string): string {
  const { name, isThere } = variableFor(expression);
  const read = READERS[program.replace(/[\d.]+$/, '')]?.(name) ?? `the environment variable ${name}`;
  return isThere ? `read ${read} there` : `set env: { ${name}: "\${{ ${expression.text} }}" }, and read ${read} there`;
}

const READERS: Readonly<Record<string, (name: string) => string>> = {
  sh: (name) => `$${name}`,
  bash: (name) => `"$${name}"`,
  dash: (name) => `"$${name}"`,
  zsh: (name) => `"$${name}"`,
  ksh: (name) => `"$${name}"`,
  su: (name) => `"$${name}"`,
  eval: (name) => `"$${name}"`,
  awk: (name) => `ENVIRON["${name}"]`,
  gawk: (name) => `ENVIRON["${name}"]`,
  mawk: (name) => `ENVIRON["${name}"]`,
  python: (name) => `os.environ["${name}"]`,
  node: (name) => `process.env.${name}`,
  perl: (name) => `$ENV{${name}}`,
  ruby: (name) => `ENV["${name}"]`,
  Rscript: (name) => `Sys.getenv("${name}")`,
  R: (name) => `Sys.getenv("${name}")`,
  fish: (name) => `$${name}`,
};
