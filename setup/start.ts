// npm start: sets up what is missing, runs the notebooks, and exports them.
import path from 'node:path';
import { Command, Option } from 'commander';
import { dataEnvironment } from '#setup/data';
import { environment, root } from '#setup/environment';
import { execute } from '#setup/execute';
import { runCommand } from '#setup/interrupt';
import { executed, executedNotebooks, notebookNames, selectNotebooks } from '#setup/notebooks';
import { allSteps, setUp } from '#setup/setUp';
import { runStages, summarize } from '#setup/stages';
import { writeUp } from '#setup/writeUp';

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
  const names = selectNotebooks(program.args);
  const env = {
    ...environment(),
    ...dataEnvironment(data),
    ...(sample ? { LAB_SAMPLE: '1' } : {}),
  };
  let files: readonly string[] = [];
  const outcomes = await runStages([
    { name: 'Set-up', run: () => setUp(allSteps) },
    { name: 'Notebooks', run: () => execute(names, executed, env) },
    {
      name: 'Write-up',
      run: async () => {
        // Of all that have been run, so that one section run again does not cut the write-up short.
        files = await writeUp(executedNotebooks(notebookNames()));
      },
    },
  ]);
  console.log(`\n${summarize(outcomes)}\n\nWritten:`);
  for (const file of files) console.log(`  ${path.relative(root, file)}`);
});
