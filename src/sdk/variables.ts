/** Variables as a flow reads and sets them: named values of this database that everybody may see. */
import { checkVariableValue, parseVariableName, type Variable, type VariableValue } from '../model/variable.ts';
import { runtime } from './runtime.ts';

export type { VariableValue };

export const variables = Object.freeze({
  /**
   * The value of a variable as it is now: what `weir variable set` or another run has set last. Without such a variable
   * the default, or null where none is given.
   *
   * @param name such as `'threshold'`
   * @param fallback what there is instead; its type is that of the value
   * @example const threshold = await variables.get('threshold', 0.5);
   * @throws WeirError `invalid-value` for what cannot be a name
   */
  get: get as Get,

  /**
   * Sets a variable for every run that reads it from now on. The value is anything that JSON has a word for, at most
   * 256 KiB of it.
   *
   * @example await variables.set('last-week', { week: 7, rows: 1461 });
   * @throws WeirError `invalid-value` for what cannot be a name, for a value that is no JSON, and for one that holds a
   * secret of this run
   */
  async set(name: string, value: VariableValue): Promise<void> {
    const checked = parseVariableName(name);
    checkVariableValue(checked, value);
    await runtime('variables.set()').ask({ ask: 'set-variable', name: checked, value });
  },
});

interface Get {
  <T extends VariableValue = VariableValue>(name: string): Promise<T | null>;
  <T extends VariableValue>(name: string, fallback: T): Promise<Widened<T>>;
}

/** `0.5` as a default means a number, not that number. */
type Widened<T> = T extends string ? string : T extends number ? number : T extends boolean ? boolean : T;

async function get(name: string, fallback: VariableValue = null): Promise<VariableValue> {
  const variable = await runtime('variables.get()').ask({ ask: 'get-variable', name: parseVariableName(name) });
  return variable === null ? fallback : (variable as Variable).value;
}
