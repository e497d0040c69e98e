/** Values in a command that somebody copies into a POSIX shell: as they are where that is safe, else in single quotes. Pure. */

const PLAIN = /^[\w@%+=:,./-]+$/;

/** One word that the shell hands on byte for byte. */
export function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `weir retry 1043 --from 'train model'`: each part one word. */
export function commandLine(...words: readonly (string | number)[]): string {
  return words.map((word) => shellWord(String(word))).join(' ');
}
