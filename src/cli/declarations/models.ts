/** Commands about registered models and artifacts. Only declares them. */
import type { Command } from 'commander';
import { type Add, collect } from './declare.ts';

export function declareModelCommands(program: Command, add: Add): void {
  program.commandsGroup('Models and what runs leave:');
  const model = program.command('model').description('registered models: versions, stages, promotions').exitOverride();
  const load = () => import('../models/model.ts');
  const loadChange = () => import('../models/model-change.ts');
  const loadGet = () => import('../models/model-get.ts');
  const loadCompare = () => import('../models/model-compare.ts');
  add(model, 'ls', 'all models', async () => (await load()).listModels);
  add(model, 'inspect <name>', 'versions and decisions of a model', async () => (await load()).inspectModel);
  add(
    model,
    'register <name> <file>',
    'keep a file as the next version',
    async () => (await loadChange()).registerModel,
  )
    .option('--metric <name=number>', 'a figure of this version; may be given again', collect, [])
    .option('--param <name=value>', 'what it was made with; may be given again', collect, [])
    .option('--tag <name=text>', 'any other mark; may be given again', collect, []);
  add(
    model,
    'get <name> [selector]',
    "a version's content; SELECTOR is a number, stage, alias or latest (default Production)",
    async () => (await loadGet()).getModel,
  ).option('-o, --output <file>', 'write it to a file instead of stdout');
  add(model, 'path <name> [selector]', "where a version's file lies", async () => (await loadGet()).modelPath);
  add(
    model,
    'promote <name> <selector>',
    'put a version into Production',
    async () => (await loadChange()).promoteModel,
  ).option('--stage <stage>', 'another stage: None, Staging, Archived');
  add(
    model,
    'promote-if-better <name> <file>',
    'register FILE; promote it if it is better than what is in Production',
    async () => (await loadCompare()).promoteIfBetter,
  )
    .requiredOption('--metric <name>', "the figure's name, such as rmse")
    .requiredOption('--goal <goal>', 'min where lower is better, max where higher is')
    .option('--margin <number>', "by how much it must be better, in the figure's unit (default 0)")
    .option('--minimum <number>', 'what even the first version must reach')
    .requiredOption(
      '--evaluate <command>',
      'shell command: judges the model file $WEIR_MODEL; a last line that is a number, or $WEIR_METRICS, is the figure',
    )
    .option('--data <files...>', 'the held-out data: its sha256 is recorded with the decision');
  add(
    model,
    'rollback <name>',
    'undo the last promotion: the former version serves again',
    async () => (await loadChange()).rollbackModel,
  );
  declareArtifactCommands(program, add);
}

function declareArtifactCommands(program: Command, add: Add): void {
  const artifact = program.command('artifact').description('tables, texts, images and files of runs').exitOverride();
  const load = () => import('../models/artifact.ts');
  add(artifact, 'ls [run]', 'artifacts of a run', async () => (await load()).listArtifacts);
  add(artifact, 'inspect <run> <key>', 'what it is; a text also in full', async () => (await load()).inspectArtifact);
  add(
    artifact,
    'get <run> <key>',
    'its bytes, on stdout or into a file',
    async () => (await load()).getArtifact,
  ).option('-o, --output <file>', 'write them to a file instead of stdout');
}
