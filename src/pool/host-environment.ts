/** The environment of user code: this process's own, without what is none of its business, and with its host's mark. */

/** The database's place is nobody's business in there: a second opening could drop this process's locks on it. */
const HIDDEN_VARIABLES = ['WEIR_DB', 'WEIR_API_TOKEN'];

export function hostEnvironment(mark: string): Record<string, string | undefined> {
  const env = { ...process.env, WEIR_MARK: mark };
  for (const name of HIDDEN_VARIABLES) delete (env as Record<string, string | undefined>)[name];
  return env;
}
