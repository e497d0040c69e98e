/**
 * Values that a script hands to a command which takes its arguments for code: `bash -c '... ${{ }}'`, `ssh host '...'`,
 * `eval`. They arrive there byte for byte, and that command runs what it is given: no quoting protects them. Told as a
 * warning, by what stands before the value; a guess that may miss some, never a reason to refuse a flow.
 */

/** How much of a script is looked at: such a command begins near its value. */
const NEAR = 2000;

const BEGIN = String.raw`(?:^|[\s;&|(/])`;
const OPTIONS = String.raw`\s(?:(?:[^'"\n;&|]|'[^'\n]*'|"[^"\n]*")*\s)?`;
/** Not closed before the value. */
const OPEN = `(?:'[^']*|"[^"]*)$`;

const READERS = [
  new RegExp(String.raw`${BEGIN}(eval)\s[^\n;&|]*$`),
  new RegExp(String.raw`${BEGIN}(bash|sh|dash|zsh|ksh|su)${OPTIONS}-[a-z]*c\s+${OPEN}`),
  new RegExp(String.raw`${BEGIN}(python[\d.]*|node|perl|ruby|Rscript|psql)${OPTIONS}-[a-z]*[ceE]\s+${OPEN}`),
  new RegExp(String.raw`${BEGIN}([gm]?awk)${OPTIONS}(?<!-[Fvf]\s+)${OPEN}`),
  new RegExp(String.raw`${BEGIN}(ssh)\s+(?:-\S+\s+(?:\S+\s+)?)*[^\s'"-]\S*\s+${OPEN}`),
];

/** The command that will read the value as code, where one seems to; `before` is the script up to the value. */
export function secondReader(before: string): string | null {
  const near = before.slice(-NEAR);
  for (const reader of READERS) {
    const program = reader.exec(near)?.[1];
    if (program !== undefined) return program;
  }
  return null;
}
