/**
 * The flow that `weir exec` runs: one task whose command is what was typed, as a document of the YAML format. It is kept
 * with the run, so that the run can be resumed, retried and repeated from anywhere. Arguments must arrive byte for byte.
 */

export interface ExecFlow {
  readonly name: string;
  readonly argv: readonly string[];
  readonly retries: number;
  /** As it was typed, and right. */
  readonly retryDelays: readonly string[];
  readonly timeout: string | null;
  /** Absolute paths. */
  readonly envFiles: readonly string[];
}

/** JSON, which YAML is a superset of. */
export function documentOf({ name, argv, retries, retryDelays, timeout, envFiles }: ExecFlow): string {
  const task = {
    run: argv.map(literal),
    ...(retries === 0 ? {} : { retries }),
    ...(retryDelays.length === 0 ? {} : { retry_delay: retryDelays }),
    ...(timeout === null ? {} : { timeout }),
    ...(envFiles.length === 0 ? {} : { env_file: envFiles }),
  };
  return `${escaped(JSON.stringify({ name, tasks: Object.fromEntries([[name, task]]) }, null, 1))}\n`;
}

/** The mark of an expression stands for itself, as the text that an expression gives. */
function literal(argument: string): string {
  return argument.replaceAll('${{', "${{ '${{' }}");
}

/** YAML holds fewer characters as they are than JSON does. */
function escaped(json: string): string {
  return json.replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
