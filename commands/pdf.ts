// npm run pdf: exports the notebooks that have been run, without running them again.
import path from 'node:path';
import { Command, Option } from 'commander';
import { parseQuestions } from '#jupyter/questions';
import { codePlaces, readWriteUpSettings, type WriteUpSettings } from '#jupyter/writeUpSettings';
import { root } from '#setup/environment';
import { runCommand } from '#setup/interrupt';
import { executedNotebooks, selectNotebooks } from '#setup/notebooks';
import { alone, exportSteps, setUp } from '#setup/setUp';
import { noPdf, writeUp } from '#commands/writeUp';

const program = new Command('npm run pdf --')
  .description(
    'Writes HTML and PDF of the notebooks in build/notebooks as they are: the whole write-up, or, of ' +
      'the sections named, each by itself. Author, course and place of the code are those of ' +
      'write-up.json, unless named here.',
  )
  .argument('[sections...]', 'sections to export, such as 04 or 04-dynamic-quantization')
  .option('--questions <list>', 'only what answers these questions, such as Q4,Q9 or extra')
  .option('--author <name>', 'who hands it in')
  .addOption(
    new Option('--code <place>', 'where code stands in the PDF; the HTML folds it').choices(
      codePlaces,
    ),
  )
  .option('--no-code', 'leaves code out (the same as --code none)')
  .parse();

interface Options {
  readonly questions?: string;
  readonly author?: string;
  /** False after --no-code. */
  readonly code?: WriteUpSettings['code'] | false;
}

void runCommand(async () => {
  const names = selectNotebooks(program.args);
  const notebooks = executedNotebooks(names);
  const sections = program.args;
  if (notebooks.length === 0 || (sections.length > 0 && notebooks.length < names.length)) {
    const command = sections.length > 0 ? `npm start -- ${sections.join(' ')}` : 'npm start';
    throw new Error(`What is to be exported has not been run yet. Run it first: ${command}`);
  }
  const options = program.opts<Options>();
  const settings = readWriteUpSettings();
  const writeUpOptions = {
    settings: {
      ...settings,
      author: options.author ?? settings.author,
      code: options.code === false ? 'none' : (options.code ?? settings.code),
    },
    questions: options.questions === undefined ? undefined : parseQuestions(options.questions),
  };
  await setUp(exportSteps);
  const parts = sections.length > 0 ? notebooks.map((notebook) => [notebook]) : [notebooks];
  for (const part of parts) {
    const { files, pdf } = await alone(() => writeUp(part, writeUpOptions));
    for (const file of files) console.log(path.relative(root, file));
    if (pdf === undefined) throw noPdf;
  }
});
