/**
 * E73: values that would do harm if they were ever script text. Each arrives byte for byte wherever it stands, by the
 * real shells, and nothing in it is executed.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { engineWorld, type World } from '../support/engine-world.ts';

let world: World;
beforeEach(async () => {
  world = await engineWorld();
});

const HOSTILE = [
  '$(touch pwned)',
  '`touch pwned`',
  "'; touch pwned; '",
  '"; touch pwned; "',
  '$((touch pwned))',
  '${IFS}touch${IFS}pwned',
  '; touch pwned #',
  '&& touch pwned || touch pwned',
  '\n touch pwned \n',
  'a\nb\n\n',
  '* ? [a-z] ~ {1..3} !!',
  '-n -e \\n \\0 \\\\',
  'EOF\ntouch pwned\n',
  "it's \"quoted\" \\ and 'more'",
  '\t\r\u0007\u001b[31mred',
  'Grüße 😀 \u202e עברית',
  '',
  ' ',
  '${{ params.other }} }} {{',
  '>pwned',
  '<(touch pwned)',
];

/** Every place of a script that a value can stand in; each writes what arrived to a file of its own. */
function placesIn(shell: string): string {
  return `
tasks:
  arrives:
    for_each: \${{ params.values }}
    shell: ${shell}
    env: { BY_ENV: "\${{ item }}" }
    run: |
      put() { printf '%s' "$2" > "$OUT/$1"; }
      mkdir -p out; OUT=$(mktemp -d out/XXXXXX)
      put bare \${{ item }}
      put double "\${{ item }}"
      put joined "<\${{ item }}>"
      put single '\${{ item }}'
      put nested "$(printf '%s.' "$(printf '%s' \${{ item }})")"
      put env "$BY_ENV"
      x=\${{ item }}; put assigned "$x"
      cat > "$OUT/here" <<EOF
      \${{ item }}
      EOF
      case \${{ item }} in "$BY_ENV") put case "$BY_ENV" ;; esac
      put inputs "$(node -e 'process.stdout.write(JSON.parse(require("fs").readFileSync(process.env.WEIR_INPUTS)).item + ".")')"
`;
}

const ADDED: Readonly<Record<string, (value: string) => string>> = {
  // A command substitution drops newlines at its end, so nothing but a mark can keep them.
  nested: (value) => `${value.replace(/\n+$/, '')}.`,
  inputs: (value) => `${value}.`,
  joined: (value) => `<${value}>`,
  here: (value) => `${value}\n`,
};
const PLACES = ['bare', 'double', 'joined', 'single', 'nested', 'env', 'assigned', 'here', 'case', 'inputs'];

describe('E73: a hostile value', () => {
  it.each(['bash -eo pipefail', 'dash -e', 'sh -e'])(
    'E73: arrives byte for byte in every place, by %s',
    async (shell) => {
      const run = await world.runYaml(`params: { values: { type: array } }${placesIn(shell)}`, {
        params: { values: HOSTILE },
      });
      expect(run.tasks.map(({ state }) => state.message)).toEqual(HOSTILE.map(() => null));
      const folders = readdirSync(join(world.folder, 'out')).map((name) => join(world.folder, 'out', name));
      expect(folders).toHaveLength(HOSTILE.length);
      const arrived = folders.map((folder) =>
        Object.fromEntries(PLACES.map((place) => [place, readFileSync(join(folder, place), 'utf8')])),
      );
      const expected = HOSTILE.map((value) =>
        Object.fromEntries(PLACES.map((place) => [place, ADDED[place]?.(value) ?? value])),
      );
      const sorted = (all: object[]) => all.map((each) => JSON.stringify(each)).sort();
      expect(sorted(arrived)).toEqual(sorted(expected));
      expect(existsSync(join(world.folder, 'pwned'))).toBe(false);
    },
  );

  it('E73: arrives as a list of words, as arguments without a shell, as a file name, and from outputs', async () => {
    const values = HOSTILE.filter((value) => value !== '');
    const run = await world.runYaml(
      `
params: { values: { type: array } }
tasks:
  words: { run: 'printf "%s\\0" \${{ params.values }} > words' }
  quoted: { run: 'printf "%s\\0" "\${{ params.values }}" > quoted' }
  arguments: { run: [sh, -c, 'printf "%s\\0" "$@" > arguments', sh, "\${{ params.values }}", "a\${{ params.values[0] }}"] }
  hand: { run: "cat > $WEIR_OUTPUT <<EOF\\n{\\"values\\": \${{ toJSON(params.values) }}}\\nEOF" }
  on: { needs: hand, for_each: "\${{ tasks.hand.outputs.values }}", run: 'mkdir -p named; cd named; : > ./x\${{ item }}; printf "%s\\0" \${{ item }} >> ../on', if: "!contains(item, '/')", max_concurrency: 1 }
  same: { needs: hand, if: 'tasks.hand.outputs.values[0] == params.values[0]', run: 'true' }
`,
      { params: { values } },
    );
    expect(run.tasks.filter(({ state }) => state.type === 'FAILED').map(({ state }) => state.message)).toEqual([]);
    const read = (name: string) => readFileSync(join(world.folder, name), 'utf8').split('\0').slice(0, -1);
    expect(read('words')).toEqual(values);
    expect(read('quoted')).toEqual([values.join(' ')]);
    expect(read('arguments')).toEqual([...values, `a${values[0]}`]);
    expect(read('on')).toEqual(values);
    expect(readdirSync(join(world.folder, 'named')).sort()).toEqual(values.map((value) => `x${value}`).sort());
    expect(run.task('same').state.name).toBe('Completed');
    expect(existsSync(join(world.folder, 'pwned'))).toBe(false);
  });

  it('E73: of 100 KB arrives whole in every place, and as its parameter in WEIR_INPUTS', async () => {
    const value = `${'$(touch pwned)\n`x` '.repeat(6000).slice(0, 100 * 1024 - 1)}x`;
    const run = await world.runYaml(`params: { values: { type: array } }${placesIn('bash -eo pipefail')}`, {
      params: { values: [value] },
    });
    expect(run.tasks.map(({ state }) => state.message)).toEqual([null]);
    const [folder = ''] = readdirSync(join(world.folder, 'out'));
    for (const place of PLACES) {
      const arrived = readFileSync(join(world.folder, 'out', folder, place), 'utf8');
      expect(arrived === (ADDED[place]?.(value) ?? value), place).toBe(true);
    }
    expect(existsSync(join(world.folder, 'pwned'))).toBe(false);
  });

  it('that no command can be given is refused in a sentence that says what to do', async () => {
    const run = await world.runYaml(
      `
params: { nul: {}, long: {}, half: {} }
tasks:
  nul: { run: 'echo \${{ params.nul }}' }
  long: { run: 'echo \${{ params.long }}' }
  half: { run: 'echo \${{ params.half }}' }
  argument: { run: [echo, "\${{ params.nul }}"] }
  env: { env: { X: "\${{ params.nul }}" }, run: 'true' }
`,
      { params: { nul: 'a\0b', long: 'x'.repeat(200_000), half: 'a\ud800b' } },
    );
    const told = Object.fromEntries(run.tasks.map(({ name, state }) => [name, state.message]));
    expect(told.nul).toMatch(/NUL/);
    expect(told.long).toMatch(/200000 bytes.*Write it to a file/);
    expect(told.half).toMatch(/surrogate/);
    expect(told.argument).toMatch(/NUL/);
    expect(told.env).toMatch(/NUL/);
  });
});
