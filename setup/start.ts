// npm start: sets up what is missing, runs the notebooks, and exports them.
import path from 'node:path';
import { Command, Option } from 'commander';
import { runNotebooks } from '#jupyter/run';
import { dataEnvironment } from '#setup/data';
import { environment, root } from '#setup/environment';
import { runCommand } from '#setup/interrupt';
import { selectNotebooks } from '#setup/notebooks';
import { allSteps, setUp } from '#setup/setUp';
import { runStage, summarize, type Stage } from '#setup/stages';

const program = new Command('npm start --')
  .description(
    'Sets up what is missing, runs the notebooks in order, and writes the executed notebooks, their ' +
      'HTML and one PDF to build/.',
  )
  .argument(
    '[sections...]',
    'sections to run, such as 04 or 04-dynamic-quantization; all unless named',
  )
  .option(
    '--data <folder>',
    'folder with the data: mnist/ and sst2/ (the same as LAB_DATA=<folder>)',
  )
  .addOption(
    new Option('--sample', 'use the small generated sample in place of the data').conflicts('data'),
  )
  .parse();

void runCommand(async () => {
  const { data, sample } = program.opts<{ data?: string; sample?: true }>();
  const notebooks = selectNotebooks(program.args);
  const env = {
    ...environment(),
    ...dataEnvironment(data),
    ...(sample ? { LAB_SAMPLE: '1' } : {}),
  };
  const outputDirectory = path.join(root, 'build', 'notebooks');
  const parts: [string, () => Promise<void>][] = [
    ['Set-up', () => setUp(allSteps)],
    ['Notebooks', () => execute(notebooks, outputDirectory, env)],
  ];
  const stages: Stage[] = [];
  for (const [name, part] of parts) {
    const stage = await runStage(name, part);
    stages.push(stage);
    if (stage.failure !== undefined) throw new Error(stage.failure);
  }
  console.log(`\n== Summary\n${summarize(stages)}\n`);
  console.log(`Executed notebooks: ${outputDirectory}`);
});

async function execute(
  notebooks: readonly string[],
  outputDirectory: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const results = await runNotebooks(notebooks, { outputDirectory, env });
  for (const { name, seconds, failure } of results) {
    console.log(`${name}  ${seconds.toFixed(1)} s  ${failure ? 'failed' : 'done'}`);
  }
  const failed = results.filter(({ failure }) => failure !== undefined);
  if (failed.length > 0) {
    throw new Error(`${failed.length} of ${results.length} notebooks failed; nothing is exported.`);
  }
}
