/** `weir secret ...` and `weir variable ...`: values that flows get by name. Only declares the commands. */
import type { Command } from 'commander';
import { refuseSecretOnCommandLine } from '../values/secret-argument.ts';
import type { Add } from './declare.ts';

const SECRET_HELP = `
The value is asked for, and not shown while you type or paste it. Where there is no
terminal it is read from standard input, without its last line's end:
  weir secret set DB_PASSWORD < password.txt
It is never given on the command line, which every user of this machine can read.

A command of a flow gets it as an environment variable when it names it (secrets:
[DB_PASSWORD]), TypeScript by secrets.get('DB_PASSWORD'). The run shows *** instead,
also in base64, URLs and JSON; a secret of several lines is masked line by line, one of
fewer than 4 characters only where it stands alone. In another form (hex, compressed,
parts of it, pictures) it is not known again. The database holds it sealed; the key is
a file of its own (weir config view), which no backup of the database holds.`;

const VARIABLE_HELP = `
VALUE is text as it stands, also 7 and true; --as-json reads it as JSON. @FILE is what
the file holds, @- what standard input gives, @@text the text @text. A value that begins
with - stands behind --, as in: weir variable set offset -- -5
A flow reads it by variables.get('threshold'), YAML by \${{ variables.threshold }}.`;

export function declareValueCommands(program: Command, add: Add): void {
  program.commandsGroup('Secrets and variables:');
  const secret = program
    .command('secret')
    .description('passwords and tokens: kept sealed, masked in runs')
    .exitOverride();
  const secrets = () => import('../values/secret.ts');
  add(secret, 'set <name>', 'set a secret, or give it another value', async () => (await secrets()).setSecret)
    // Taken only to be refused with a sentence: what stands there must not be repeated.
    .allowExcessArguments()
    .hook('preAction', (_, command) => refuseSecretOnCommandLine(command.args))
    .addHelpText('after', SECRET_HELP);
  add(secret, 'ls', 'names of all secrets, never their values', async () => (await secrets()).listSecrets);
  add(secret, 'unset <name>', 'forget a secret', async () => (await secrets()).unsetSecret);

  const variable = program.command('variable').description('named values that flows read and set').exitOverride();
  const variables = () => import('../values/variable.ts');
  add(variable, 'get <name>', 'print the value of a variable', async () => (await variables()).getVariable);
  add(
    variable,
    'set <name> <value>',
    'set a variable, or give it another value',
    async () => (await variables()).setVariable,
  )
    .option('--as-json', 'the value is JSON: a number, true, a list, an object')
    .addHelpText('after', VARIABLE_HELP);
  add(variable, 'ls', 'all variables with their values', async () => (await variables()).listVariables);
  add(variable, 'unset <name>', 'forget a variable', async () => (await variables()).unsetVariable);
}
