// npm run pdf: exports the notebooks that have been run, without running them again.
import path from 'node:path';
import { Command } from 'commander';
import { root } from '#setup/environment';
import { runCommand } from '#setup/interrupt';
import { executedNotebooks, selectNotebooks } from '#setup/notebooks';
import { alone, exportSteps, setUp } from '#setup/setUp';
import { noPdf, writeUp } from '#setup/writeUp';

const program = new Command('npm run pdf --')
  .description(
    'Writes HTML and PDF of the notebooks in build/notebooks as they are: the whole write-up, or, of ' +
      'the sections named, each by itself.',
  )
  .argument('[sections...]', 'sections to export, such as 04 or 04-dynamic-quantization')
  .parse();

void runCommand(async () => {
  const names = selectNotebooks(program.args);
  const notebooks = executedNotebooks(names);
  const sections = program.args;
  if (notebooks.length === 0 || (sections.length > 0 && notebooks.length < names.length)) {
    const command = sections.length > 0 ? `npm start -- ${sections.join(' ')}` : 'npm start';
    throw new Error(`What is to be exported has not been run yet. Run it first: ${command}`);
  }
  await setUp(exportSteps);
  const parts = sections.length > 0 ? notebooks.map((notebook) => [notebook]) : [notebooks];
  for (const part of parts) {
    const { files, pdf } = await alone(() => writeUp(part));
    for (const file of files) console.log(path.relative(root, file));
    if (pdf === undefined) throw noPdf;
  }
});
