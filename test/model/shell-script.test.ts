import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { bindValues, type ShellValue } from '../../src/model/shell-script.ts';

vi.setConfig({ testTimeout: 300_000 });

/** A template whose values stand where the tag found them. */
function bind(parts: TemplateStringsArray, ...values: ShellValue[]) {
  return bindValues(parts.raw, values);
}

const SHELLS = ['bash', 'dash'].filter((shell) => spawnSync(shell, ['-c', 'exit 0']).status === 0);

function run(shell: string, script: string, env: Record<string, string>) {
  const cwd = mkdtempSync(join(tmpdir(), 'weir-shell-'));
  const { stdout, stderr } = spawnSync(shell, ['-c', script], {
    cwd,
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8', ...env },
    // Bash reads ~/.bashrc when its input is a socket, as Node's is.
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1e9,
  });
  const files = readdirSync(cwd);
  rmSync(cwd, { recursive: true });
  return { stdout: stdout.toString(), stderr: stderr.toString(), files };
}

const v = 'it';

describe('a value is referred to as its place requires', () => {
  const table: [string, ReturnType<typeof bindValues>, string][] = [
    ['bare, in double quotes so that it stays one word', bind`echo ${v}`, 'echo "${WEIR_VALUE_1}"'],
    ['inside double quotes', bind`echo "a ${v}b"`, 'echo "a ${WEIR_VALUE_1}b"'],
    ['inside single quotes, which are left for it', bind`echo 'a ${v} b'`, `echo 'a '"\${WEIR_VALUE_1}"' b'`],
    ["inside $'...'", bindValues(["echo $'a\\'", "'"], [v]), `echo $'a\\''"\${WEIR_VALUE_1}"$''`],
    ['inside $(...)', bind`echo "$(cat ${v})"`, 'echo "$(cat "${WEIR_VALUE_1}")"'],
    ['in backticks', bindValues(['echo "`cat ', '`"'], [v]), 'echo "`cat "${WEIR_VALUE_1}"`"'],
    [
      'in a here-document',
      bindValues(['cat <<EOF\n', '\nEOF\necho ', ''], [v, v]),
      'cat <<EOF\n${WEIR_VALUE_1}\nEOF\necho "${WEIR_VALUE_2}"',
    ],
    ['as a default', bindValues(['echo ${x:-', '}'], [v]), 'echo ${x:-"${WEIR_VALUE_1}"}'],
    ['as a default in double quotes', bindValues(['echo "${x:-', '}"'], [v]), 'echo "${x:-${WEIR_VALUE_1}}"'],
    [
      'nowhere, in a comment',
      bindValues(["# don't ", "\necho '", "'"], [v, v]),
      `# don't \necho ''"\${WEIR_VALUE_2}"''`,
    ],
    [
      'after a dollar sign, which stays one',
      bindValues(['echo $', ' "$', '"'], [v, v]),
      'echo \\$"${WEIR_VALUE_1}" "\\$${WEIR_VALUE_2}"',
    ],
    [
      'after a backslash in double quotes, which stays one',
      bindValues(['echo "C:\\', '"'], [v]),
      'echo "C:\\\\${WEIR_VALUE_1}"',
    ],
    ['as an integer in arithmetic', bind`echo $((1 - ${-5}))`, 'echo $((1 - (${WEIR_VALUE_1})))'],
    ['as words, for a list', bind`ls ${['a', 'b c']} x`, 'ls "${WEIR_VALUE_1_1}" "${WEIR_VALUE_1_2}" x'],
    ['as nothing, for an empty list', bind`ls ${[]} x`, 'ls  x'],
    ['joined by spaces, for a list in quotes', bind`echo "${['a', 'b']}"`, 'echo "${WEIR_VALUE_1}"'],
    [
      'in the branch of a case in $(...)',
      bind`x=$(case a in a) echo ${v};; esac)`,
      'x=$(case a in a) echo "${WEIR_VALUE_1}";; esac)',
    ],
  ];
  for (const [title, bound, script] of table) {
    it(title, () => expect(bound.script).toBe(script));
  }

  it('keeps a script without values as it is', () => {
    expect(bind`echo "$(broken`).toEqual({ script: 'echo "$(broken', env: {} });
  });

  it('names the variables as asked', () => {
    expect(bindValues(['echo ', ''], [1n], { prefix: 'P' })).toEqual({ script: 'echo "${P1}"', env: { P1: '1' } });
  });
});

describe('a value is refused, with the line and the next step', () => {
  const refusals: [string, () => unknown, RegExp][] = [
    [
      'in a quoted here-document',
      () => bindValues(["\ncat <<'EOF'\n", '\nEOF'], [v]),
      /Line 3 .*<<'EOF'.*WEIR_VALUE_1/,
    ],
    [
      'in a quoted here-document, naming the variable that holds it',
      () => bindValues(['cat <<\\EOF\n', '\nEOF'], [v], { variableOf: () => 'WEEK' }),
      /Read the environment variable WEEK/,
    ],
    ['in the delimiter of a here-document', () => bindValues(['cat <<', '\nx\n'], [v]), /delimiter/],
    ['in arithmetic', () => bind`echo $((1 + ${'a[$(touch pwned)]'}))`, /arithmetic/],
    ['in arithmetic that is quoted', () => bind`echo $(( "${'x'}" ))`, /arithmetic/],
    ['in (( ))', () => bind`if (( n > ${'x'} )); then :; fi`, /arithmetic/],
    ['in for (( ))', () => bind`for ((i=0; i<${'x'}; i++)); do :; done`, /arithmetic/],
    ['in a comparison of numbers', () => bind`[[ $n -gt ${'x'} ]]`, /arithmetic/],
    ['in a comparison of numbers, on its left', () => bind`[[ ${'x'} -gt 3 ]]`, /arithmetic/],
    ['in a comparison of numbers, in quotes', () => bind`[[ -n y && ( "${'x'}" -gt 3 ) ]]`, /arithmetic/],
    ['in a comparison of numbers, in a function', () => bind`function f { [[ $1 -lt '${'x'}' ]]; }`, /arithmetic/],
    ['in the index of an array', () => bind`a[${'x'}]=3`, /arithmetic/],
    ['as part of a substring', () => bindValues(['echo ${x:', ':2}'], ['x']), /arithmetic/],
    ['as the name of a variable', () => bindValues(['echo ${', '}'], [v]), /name or an operator/],
    ['as a list joined to text', () => bind`ls pre${['a']}`, /list joined to other text/],
    ['as a list joined to text after it', () => bind`ls ${['a']}.txt`, /list joined to other text/],
    ['in backticks within backticks', () => bindValues(['echo `echo \\`echo ', '\\``'], [v]), /\$\(\.\.\.\)/],
    ['where shells disagree', () => bindValues(['echo "${x:-it\'s ', '}"'], [v]), /read differently/],
    ['with a NUL character', () => bind`echo ${'a\0b'}`, /NUL/],
    ['with half a character', () => bind`echo ${'\ud800'}`, /surrogate/],
    ['with more than 120 KiB', () => bind`echo ${'é'.repeat(70_000)}`, /140000 bytes.*pass the file/],
    ['in a script that ends in an open quote', () => bind`echo "${v}`, /double quote/],
  ];
  for (const [title, attempt, sentence] of refusals) {
    it(title, () => expect(attempt).toThrow(sentence));
  }

  it('but not in a comparison of texts, nor as an integer', () => {
    expect(() => bind`[[ ${v} == "${v}" && $n -gt ${3} ]] && a[${0}]=${v}`).not.toThrow();
  });
});

/** A script that prints the value and a NUL; what it prints in all; whether only bash knows it. */
interface Context {
  readonly name: string;
  readonly parts: readonly string[];
  readonly expected: (value: string) => string;
  readonly bashOnly?: boolean;
}

const P = "printf '%s\\0' ";
const same = (value: string) => value;

const CONTEXTS: readonly Context[] = [
  { name: 'bare', parts: [P, ''], expected: same },
  { name: 'bare, joined', parts: [`${P}a'b'`, '"c"#d'], expected: (x) => `ab${x}c#d` },
  { name: 'double quotes', parts: [`${P}"a '`, `' \\" b"`], expected: (x) => `a '${x}' " b` },
  { name: 'single quotes', parts: [`${P}'a "`, `" \\'`], expected: (x) => `a "${x}" \\` },
  { name: 'ANSI quotes', parts: [`${P}$'a\\'`, `b'`], expected: (x) => `a'${x}b`, bashOnly: true },
  { name: 'substitution', parts: [`${P}"$(printf %s `, `; printf x)"`], expected: (x) => `${x}x` },
  {
    name: 'nested substitution',
    parts: [`${P}"$(printf %s "$(printf '%s' "`, `"; printf ')')"; printf x)"`],
    expected: (x) => `${x})x`,
  },
  { name: 'single quotes in a substitution', parts: [`${P}"$(printf %s '`, `'; printf x)"`], expected: (x) => `${x}x` },
  { name: 'backticks', parts: [`y=\`printf %s `, `; printf x\`; ${P}"$y"`], expected: (x) => `${x}x` },
  { name: 'backticks in double quotes', parts: [`${P}"\`printf %s `, `; printf x\`"`], expected: (x) => `${x}x` },
  {
    name: 'quotes in backticks in double quotes',
    parts: [`${P}"\`printf %s "a`, `"; printf x\`"`],
    expected: (x) => `a${x}x`,
  },
  {
    name: 'single quotes in backticks',
    parts: [`y=\`printf %s 'a`, `'; printf x\`; ${P}"$y"`],
    expected: (x) => `a${x}x`,
  },
  { name: 'here-document', parts: [`cat <<EOF\n"`, `" don't $\nEOF\n${P}x`], expected: (x) => `"${x}" don't $\nx` },
  {
    name: 'here-document with tabs',
    parts: [`cat <<-'A' <<-\tB; ${P}x\n\tno\n\tA\n\tyes `, `\n\tB`],
    expected: (x) => `yes ${x}\nx`,
  },
  {
    name: 'substitution in a here-document',
    parts: [`cat <<EOF\n$(printf %s '`, `'; printf x)\nEOF\n${P}x`],
    expected: (x) => `${x}x\nx`,
  },
  { name: 'default in a here-document', parts: [`cat <<EOF\n\${nope:-`, `}\nEOF\n${P}x`], expected: (x) => `${x}\nx` },
  {
    name: 'here-document in a substitution',
    parts: [`${P}"$(cat <<EOF\n`, `\nEOF\nprintf x)"`],
    expected: (x) => `${x}\nx`,
  },
  { name: 'default', parts: [`${P}\${nope:-a`, `b}`], expected: (x) => `a${x}b` },
  { name: 'default in double quotes', parts: [`${P}"\${nope:-a `, ` b}"`], expected: (x) => `a ${x} b` },
  { name: 'quoted default', parts: [`${P}\${nope:-"a `, `"}`], expected: (x) => `a ${x}` },
  { name: 'quoted default in double quotes', parts: [`${P}"\${nope:-"a `, `"}"`], expected: (x) => `a ${x}` },
  { name: 'pattern', parts: [`y=z; ${P}"\${y#`, `}"`], expected: () => 'z' },
  { name: 'assignment', parts: [`y=`, `; ${P}"$y"`], expected: same },
  {
    name: 'exported assignment',
    parts: [`export Y=a`, `; sh -c '${P.replaceAll("'", '"')}"$Y"'`],
    expected: (x) => `a${x}`,
  },
  { name: 'case', parts: [`case x`, ` in x`, `) ${P}same;; *) ${P}other;; esac`], expected: () => 'same' },
  { name: 'comment', parts: [`# don't "`, `\n${P}x`], expected: () => 'x' },
  { name: 'loop', parts: [`for y in 1 `, `; do ${P}"$y"; done`], expected: (x) => `1\0${x}` },
  { name: 'function', parts: [`f() { ${P}"$1"; }; f `, ''], expected: same },
  { name: 'bare after a backslash', parts: [`${P}a\\`, ''], expected: (x) => `a${x}` },
  { name: 'double quotes after a backslash', parts: [`${P}"a\\`, '"'], expected: (x) => `a\\${x}` },
  { name: 'after a dollar sign', parts: [`${P}a$`, `"$`, `"`], expected: (x) => `a$${x}$${x}` },
  { name: 'subshell and pipe', parts: [`( { printf '%s\\0' `, `; } | cat )`], expected: same },
  { name: 'condition', parts: [`if [ x"`, `" = x`, ` ]; then ${P}same; fi`], expected: () => 'same' },
  {
    name: 'double brackets',
    parts: [`[[ x`, ` == "x`, `" && 1 -lt 2 ]] && ${P}same`],
    expected: () => 'same',
    bashOnly: true,
  },
  { name: 'array', parts: [`y=(a # don't\n `, ` b); ${P}"\${y[1]}"`], expected: same, bashOnly: true },
  { name: 'here-string', parts: [`cat <<<`, `; printf '\\0'`], expected: (x) => `${x}\n`, bashOnly: true },
  { name: 'process substitution', parts: [`cat <(printf '%s\\0' `, `)`], expected: same, bashOnly: true },
  { name: 'replacement', parts: [`y=abc; ${P}"\${y/b/`, `}"`], expected: (x) => `a${x}c`, bashOnly: true },
  { name: 'continued line', parts: [`${P}a \\\n  `, ` \\\n  # don't\n`], expected: (x) => `a\0${x}` },
];

const HOSTILE = [
  '',
  ' ',
  '$(touch pwned)',
  '`touch pwned`',
  "'; touch pwned; '",
  '"; touch pwned; "',
  '"$(touch pwned)"',
  '\n touch pwned \n',
  '\nEOF\ntouch pwned\n',
  ') touch pwned ;;',
  '}; touch pwned; {',
  '${x:=$(touch pwned)}',
  'a[$(touch pwned)]',
  '*',
  '[a-z]* ?',
  '~',
  '-n',
  '\\',
  '\\\\\n',
  'trailing\n\n',
  '# no comment',
  '!!',
  'é 漢字 🙂 \u200b',
  '\u0001\u007f\r\t\v',
  "$'\\x41'",
  '%s%n',
  '<(touch pwned)',
  '&',
  '>pwned',
];

const value = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 2, arbitrary: fc.array(fc.constantFrom(...HOSTILE), { maxLength: 4 }).map((all) => all.join('')) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '').toWellFormed()) },
  { weight: 2, arbitrary: fc.string({ unit: fc.constantFrom(...'$`\'"\\(){}[];&|<>#*?~!%=\n\t ab') }) },
);

/** Runs many contexts in one script and compares everything that was printed. */
function check(shell: string, cases: readonly { context: Context; value: string }[]): void {
  let parts: string[] = [''];
  const values: string[] = [];
  let expected = '';
  for (const each of cases) {
    if (each.context.bashOnly && shell !== 'bash') continue;
    const [first = '', ...rest] = each.context.parts;
    parts = [...parts.slice(0, -1), `${parts.at(-1)}${first}`, ...rest];
    for (let index = 0; index < rest.length; index++) values.push(each.value);
    parts[parts.length - 1] += '\n';
    expected += `${each.context.expected(each.value)}\0`;
  }
  const { script, env } = bindValues(parts, values);
  const { stdout, stderr, files } = run(shell, script, env);
  expect({ stdout, stderr, files }).toEqual({ stdout: expected, stderr: '', files: [] });
}

describe.each(SHELLS)('in %s', (shell) => {
  for (const context of CONTEXTS) {
    if (context.bashOnly && shell !== 'bash') continue;
    it(`hostile values arrive byte for byte and nothing executes: ${context.name}`, () => {
      check(
        shell,
        HOSTILE.map((hostile) => ({ context, value: hostile })),
      );
    });
  }

  it('any value arrives byte for byte in any place of any script, and nothing executes', () => {
    const cases = fc.array(fc.record({ context: fc.constantFrom(...CONTEXTS), value }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(cases, (all) => check(shell, all)),
      { numRuns: 80 },
    );
  });

  it('100 KB arrive in every place', () => {
    const large = '$(touch pwned) `x` \'"é\n'.repeat(4000);
    for (const context of CONTEXTS) check(shell, [{ context, value: large }]);
  });

  it('a list arrives as words, in its order', () => {
    const script = bindValues(
      ['for x in ', "; do printf '%s\\0' \"$x\"; done; printf '%s\\0' '", "' ", ''],
      [HOSTILE, ['a', 1, true], []],
    );
    const { stdout, files } = run(shell, script.script, script.env);
    expect(stdout.split('\0')).toEqual([...HOSTILE, 'a 1 true', '']);
    expect(files).toEqual([]);
  });
});
