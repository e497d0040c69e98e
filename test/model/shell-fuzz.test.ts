/**
 * Random scripts with values in random places, run by the real shells. What a script must print is learnt from the shell
 * itself: a harmless word is written into its text where the value is to stand. Bound as a value, the same word must give
 * the same, and any other value must stand in the output where the word did, byte for byte, with nothing executed.
 * Long by WEIR_TEST_ROUNDS.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindValues } from '../../src/model/shell-script.ts';
import { rounds } from '../support/fuzz.ts';

const FUZZ = rounds(60);
const ROUNDS = FUZZ.numRuns;
const SHELLS = ['bash', 'dash'].filter((shell) => spawnSync(shell, ['-c', 'exit 0']).status === 0);

/** Where a value stands in a generated script. */
const HOLE = '\uE000';
const WORD = 'xyzzy';

const text = fc.string({ unit: fc.constantFrom(...'abc #~*?{}=:,.%!-+/@^|;&()<> '), maxLength: 5 });
const letters = fc.string({ unit: fc.constantFrom(...'abc'), minLength: 1, maxLength: 3 });
const joined = (pieces: fc.Arbitrary<string>, most = 3) =>
  fc.array(pieces, { minLength: 1, maxLength: most }).map((all) => all.join(''));

const { command } = fc.letrec<Record<'word' | 'quoted' | 'inside' | 'command' | 'pipe', string>>((tie) => ({
  /** One word of a command. Words are never empty, so that none vanishes. */
  word: fc
    .oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant(HOLE),
      letters,
      text.map((all) => `'${all}'`),
      joined(fc.oneof(text, fc.constant(HOLE), fc.constantFrom('"', '$', '\\', '`')), 4).map((all) => `'${all}'`),
      fc.constantFrom('\\\\', '\\"', "\\'", '\\$', '\\`', '\\#', '\\ '),
      tie('quoted'),
      tie('word').map((word) => `\${nope:-${word}}`),
      fc.tuple(tie('word'), tie('word')).map((two) => two.join('')),
    )
    .map((word) => word),
  /** In double quotes. */
  quoted: joined(tie('inside')).map((all) => `"${all}"`),
  inside: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(HOLE),
    text.map((all) => all.replaceAll('!', '')),
    fc.constantFrom("'", '\\"', '\\\\', '\\$', '\\`', "it's"),
    tie('pipe').map((inner) => `$(${inner})`),
    tie('pipe').map((inner) => `$( ${inner}; printf e)`),
    tie('inside').map((inner) => `\${nope:-${inner.replace(/[{}]/g, '')}}`),
    // In backticks a quote of another kind would be read twice.
    joined(fc.oneof(letters, fc.constant(HOLE)), 2).map((inner) => `\`printf %s ${inner}; printf e\``),
  ),
  /** One line that prints; no line's end may be lost where its output is taken. */
  pipe: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('word').map((word) => `printf '%s.' ${word}`),
    fc.tuple(tie('word'), tie('word')).map(([one, two]) => `printf '%s.' ${one} ${two}`),
    tie('word').map((word) => `printf '%s.' ${word} | cat`),
    tie('pipe').map((inner) => `{ ${inner}; }`),
    tie('pipe').map((inner) => `( ${inner} )`),
    tie('word').map((word) => `case ${word} in a) printf no;; *) printf '%s.' ${word};; esac`),
    tie('word').map((word) => `if [ x${word} = x${word} ]; then printf same.; fi`),
    fc.tuple(tie('word'), tie('pipe')).map(([word, inner]) => `y=${word}; printf '%s.' "$y"; ${inner}`),
    fc.tuple(tie('word'), letters).map(([word, name]) => `f_${name}() { printf '%s.' "$1"; }; f_${name} ${word}`),
    fc.tuple(tie('word'), tie('word')).map(([one, two]) => `for x in ${one} b ${two}; do printf '%s.' "$x"; done`),
  ),
  command: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 3, arbitrary: tie('pipe') },
    tie('inside').map((inner) => `cat <<EOF\nthe ${inner} end\nEOF`),
    tie('inside').map((inner) => `cat <<-EOF | cat\n\tthe ${inner} end\n\tEOF`),
    fc.tuple(text, tie('pipe')).map(([remark, inner]) => `# don't ${remark} ${HOLE} "\n${inner}`),
    fc.tuple(tie('pipe'), tie('pipe')).map(([one, two]) => `${one} && \\\n  ${two}`),
  ),
}));
const script = fc
  .array(command as fc.Arbitrary<string>, { minLength: 1, maxLength: 4 })
  .map((all) => `${all.join('\n')}\n`);

const HOSTILE = [
  '$(touch pwned)',
  '`touch pwned`',
  "'; touch pwned; '",
  '"; touch pwned; "',
  '\ntouch pwned\n#',
  '\nEOF\ntouch pwned',
  '} ; touch pwned',
  ') touch pwned ;;',
  '${x:=$(touch pwned)}',
  '*',
  '~',
  '\\',
  '\\\\',
  '# no',
  '%s %n',
  '-n',
  '>pwned',
  '<(touch pwned)',
  "$'\\x41'",
  '!!',
  'é 🙂',
  '\u0001\r\t',
];
// What a shell strips from the end of $(...) is its affair: every value ends in something that it keeps.
const value = fc
  .oneof(
    fc.constantFrom(...HOSTILE),
    fc.array(fc.constantFrom(...HOSTILE), { maxLength: 3 }).map((all) => all.join('')),
    fc.string({ unit: fc.constantFrom(...'$`\'"\\(){}[];&|<>#*?~!%=\n\t ab') }),
  )
  .map((all) => `${all}.`);

function run(shell: string, text: string, env: Record<string, string>) {
  const cwd = mkdtempSync(join(tmpdir(), 'weir-shell-'));
  const { status, stdout, stderr } = spawnSync(shell, ['-c', text], {
    cwd,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
  });
  const files = readdirSync(cwd);
  rmSync(cwd, { recursive: true });
  return { status, stdout: stdout.toString(), stderr: stderr.toString(), files };
}

/** A bound script, or null where the lexer refuses it: that is always right. */
function bound(parts: readonly string[], values: readonly string[]) {
  try {
    return bindValues(parts, values);
  } catch (error) {
    if ((error as { code?: string }).code === 'invalid-flow') return null;
    throw error;
  }
}

describe.each(SHELLS)('random scripts in %s', (shell) => {
  it(
    'print every value where it stands, byte for byte, and nothing of it is executed',
    () => {
      let compared = 0;
      const property = fc.property(script, value, (text, hostile) => {
        const parts = text.split(HOLE);
        const plain = run(shell, parts.join(WORD), {});
        if (plain.status !== 0 || plain.stderr !== '' || plain.files.length > 0) return;
        const asWord = bound(parts, Array(parts.length - 1).fill(WORD));
        const asValue = bound(parts, Array(parts.length - 1).fill(hostile));
        if (asWord === null || asValue === null) return;
        compared++;
        expect(run(shell, asWord.script, asWord.env)).toEqual(plain);
        expect(run(shell, asValue.script, asValue.env)).toEqual({
          ...plain,
          stdout: plain.stdout.replaceAll(WORD, () => hostile),
        });
      });
      fc.assert(property, FUZZ);
      // Else nothing would have been shown.
      expect(compared).toBeGreaterThan(ROUNDS / 4);
    },
    60_000 + ROUNDS * 100,
  );
});
