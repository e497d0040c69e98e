/** The environment of user code: this process's own, without what is none of its business, and with its host's mark. */
import { HIDDEN_VARIABLES } from '../model/hidden-variables.ts';

export function hostEnvironment(mark: string): Record<string, string | undefined> {
  const env = { ...process.env, WEIR_MARK: mark };
  for (const name of HIDDEN_VARIABLES) delete (env as Record<string, string | undefined>)[name];
  return env;
}
