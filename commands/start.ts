// npm start: sets up what is missing, runs the notebooks, and exports them.
import path from 'node:path';
import { Command, Option } from 'commander';
import { dataEnvironment } from '#setup/data';
import { environment, root } from '#setup/environment';
import { execute } from '#commands/execute';
import { runCommand } from '#setup/interrupt';
import { executed, startPlan } from '#setup/notebooks';
import { allSteps, alone, setUp } from '#setup/setUp';
import { runStages, summarize } from '#commands/stages';
import { noPdf, writeUp } from '#commands/writeUp';

const program = new Command('npm start --')
  .description(
    'Sets up what is missing, runs the notebooks in order, and writes the executed notebooks, their ' +
      'HTML and one write-up, PDF and HTML, to build/.',
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
  const plan = startPlan(program.args);
  const env = {
    ...environment(),
    ...dataEnvironment(data),
    ...(sample ? { LAB_SAMPLE: '1' } : {}),
  };
  let written: Awaited<ReturnType<typeof writeUp>> = { files: [] };
  const outcomes = await runStages([
    { name: 'Set-up', run: () => setUp(allSteps) },
    { name: 'Notebooks', run: () => alone(() => execute(plan.run, executed, env)) },
    {
      name: 'Write-up',
      run: async () => {
        written = await alone(() =>
          writeUp(plan.exported.map((name) => path.join(executed, name))),
        );
      },
    },
  ]);
  console.log(`\n${summarize(outcomes)}\n\nWritten:`);
  for (const file of written.files) console.log(`  ${path.relative(root, file)}`);
  if (written.pdf === undefined) throw noPdf;
});
