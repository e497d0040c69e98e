/** Secrets as a flow gets them: one at a time and by name, so that a run has only what it asks for. */
import { WeirError } from '../model/errors.ts';
import { runtime } from './runtime.ts';

export const secrets = Object.freeze({
  /**
   * The value of a secret that somebody has set with `weir secret set NAME`. From then on the run shows `***` in its
   * place: in its log, its errors, its progress, its artifacts and what it returns. A task that returns it is not
   * reused, because what is kept of its result has a hole.
   *
   * A command gets a secret in its environment without passing through here: `sh({ secrets: ['NAME'] })`.
   *
   * @param name letters, digits and underscores, such as `'DB_PASSWORD'`
   * @example const client = connect({ user: 'etl', password: await secrets.get('DB_PASSWORD') });
   * @throws WeirError `not-found` when there is no such secret, or its key is on another machine
   */
  async get(name: string): Promise<string> {
    if (typeof name !== 'string' || name === '')
      throw new WeirError('invalid-value', 'secrets.get() takes the name of a secret', {
        hint: "secrets.get('DB_PASSWORD')",
      });
    return (await runtime('secrets.get()').ask({ ask: 'get-secret', name })) as string;
  },
});
