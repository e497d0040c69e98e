/**
 * What `${{ env.NAME }}` gives: the environment that the command will have, as far as Weir may know it; secrets and the
 * variables of Weir itself are not in it. Files are read only where an expression asks for them.
 */
import { dirname } from 'node:path';
import { ownEnvironment } from '../shell/own-environment.ts';
import { surroundingsOf } from '../shell/shell-environment.ts';
import type { YamlSurroundings } from '../yaml/yaml-flow.ts';
import type { Contexts } from './contexts.ts';
import type { YamlPlace } from './place.ts';

export interface Environment {
  /** What was given, with `env`. */
  readonly contexts: Contexts;
  /** What the flow, its defaults and the task set, evaluated. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Variables are evaluated in the order of their layers: a later one may name an earlier one, and whatever the command
 * inherits, its env_file and venv included. `isNamed`: an expression names `env`.
 * @throws WeirError for an env_file or an environment of Python that cannot be read
 */
export function environmentOf(
  { yaml, path }: YamlPlace,
  given: Contexts,
  { env: templates, envFiles, inheritEnv, venv, conda }: YamlSurroundings,
  isNamed: boolean,
): Environment {
  const base = isNamed
    ? surroundingsOf({ work: NOTHING, envFiles, inheritEnv, venv, conda }, dirname(path), ownEnvironment()).env
    : {};
  const variables: [string, string][] = [];
  let contexts: Contexts = { ...given, env: base };
  for (const [name, template] of templates) {
    variables.push([name, yaml.renderTemplate(template, contexts)]);
    if (isNamed) contexts = { ...given, env: { ...base, ...Object.fromEntries(variables) } };
  }
  return { contexts, variables: Object.fromEntries(variables) };
}

const NOTHING = { kind: 'arguments', argv: [] } as const;
