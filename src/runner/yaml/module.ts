/**
 * What the execution of YAML flows needs of their front end, bundled on its own: the parsers of YAML and of expressions
 * are larger than all the rest of the runner. Everything that goes in and out is plain data.
 */
import { evaluate, isTruthy, onlyExpression, renderData, renderTemplate } from './expression.ts';
import { parseYamlFlow } from './parse.ts';
import { refuseProblems } from './problem.ts';

export const yamlModule = {
  parseYamlFlow,
  refuseProblems,
  evaluate,
  isTruthy,
  onlyExpression,
  renderData,
  renderTemplate,
};

export type YamlModule = { readonly yamlModule: YamlParts };
export type YamlParts = typeof yamlModule;
