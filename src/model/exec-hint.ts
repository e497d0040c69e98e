/** The command that runs a program which is no flow: told where somebody gave it to `weir run`. Pure. */

const INTERPRETERS: Readonly<Record<string, string>> = {
  bash: 'bash',
  jl: 'julia',
  js: 'node',
  pl: 'perl',
  php: 'php',
  py: 'python3',
  r: 'Rscript',
  rb: 'ruby',
  sh: 'sh',
};

/** `path` as it would be typed. Ready to be pasted, whatever the file is called. */
export function execHint(path: string, isExecutable: boolean): string {
  const interpreter = INTERPRETERS[/\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? ''];
  const program = path.includes('/') ? path : `./${path}`;
  const words = isExecutable || interpreter === undefined ? [program] : [interpreter, path];
  return `to run a program with history and retries: weir exec -- ${shownCommand(words)}`;
}

/** Words as they could be typed into a shell. */
export function shownCommand(argv: readonly string[]): string {
  return argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}
