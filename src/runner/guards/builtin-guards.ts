/**
 * Guards on Node's own modules: each is put on when user code first asks for its module, because loading one that
 * nobody uses costs up to 3 ms of every start. Must be installed before user code is loaded.
 */
import { syncBuiltinESMExports } from 'node:module';

/** By module name without `node:`, what to do before user code gets it. */
export type BuiltinGuards = Readonly<Record<string, () => void>>;

/** Gives the function that the loader calls with every specifier it is asked for. */
export function guardBuiltins(guards: BuiltinGuards): (specifier: string) => void {
  const due = new Map(Object.entries(guards));
  const prepare = (specifier: string) => {
    const name = specifier.replace(/^node:/, '');
    const guard = due.get(name);
    if (guard === undefined) return;
    due.delete(name);
    guard();
    syncBuiltinESMExports();
  };
  const { getBuiltinModule } = process;
  process.getBuiltinModule = ((id: string) => {
    prepare(String(id));
    return getBuiltinModule.call(process, id);
  }) as typeof getBuiltinModule;
  return prepare;
}
