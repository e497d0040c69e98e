/** Refuses the value of a secret as an argument. Whatever stood there must not be repeated in a message. */
import { WeirError } from '../../model/errors.ts';

/** `given`: what stands behind `weir secret set`. */
export function refuseSecretOnCommandLine(given: readonly string[]): void {
  const [first = ''] = given;
  const equals = first.indexOf('=');
  if (given.length < 2 && equals === -1) return;
  const name = equals === -1 ? first : first.slice(0, equals);
  const shown = /^\w{1,60}$/.test(name) ? name : 'NAME';
  throw new WeirError(
    'usage',
    "the value of a secret is never given on the command line, where every user of this machine and your shell's history can read it",
    {
      hint: `weir secret set ${shown} asks for it; without a terminal: weir secret set ${shown} < FILE. What stood there may be known by now: better make a new one`,
    },
  );
}
