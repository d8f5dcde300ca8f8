// npm test: sets up what is missing, then checks everything.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { exportWriteUp } from '#jupyter/export';
import { loadRecords } from '#lib/report/records';
import { readmeTable, resultsDrift } from '#lib/report/resultsDrift';
import { dataEnvironment, hasRealData } from '#setup/data';
import { environment, root } from '#setup/environment';
import { execute } from '#commands/execute';
import { runCommand } from '#setup/interrupt';
import { build, notebookNames } from '#setup/notebooks';
import { notebookTables } from '#commands/publishedTables';
import { run } from '#setup/run';
import { alone, setUp, testSteps } from '#setup/setUp';
import { runStages, summarize } from '#commands/stages';

new Command('npm test')
  .description(
    'Sets up what is missing, then runs the linter, the compiler, the tests and all notebooks: on the ' +
      'real data if it is in data/ or in the folder that LAB_DATA names, else on the generated sample.',
  )
  .parse();

/** What the tests make, apart from what the user made with npm start. */
const output = path.join(build, 'test');

void runCommand(async () => {
  const outcomes = await runStages([{ name: 'Set-up', run: () => setUp(testSteps) }]);
  const checks = [
    { name: 'Lint', run: () => npmScript('lint') },
    { name: 'Types', run: () => npmScript('types') },
    { name: 'Tests', run: () => npmScript('unit') },
    { name: 'Notebooks', run: () => alone(testNotebooks) },
    { name: 'Published results', run: testPublishedResults },
    // After the notebooks, which have trained the models that it quantizes.
    { name: 'Conformance', run: () => npmScript('conformance') },
    { name: 'Write-up', run: () => alone(testWriteUp) },
    { name: 'JupyterLab', run: () => npmScript('browser') },
  ];
  outcomes.push(...(await runStages(checks, { keepGoing: true })));
  console.log(`\n== Summary\n${summarize(outcomes)}`);
  if (outcomes.some(({ failed }) => failed)) throw new Error('Not all is well: see FAILED above.');
});

/** Runs a script of package.json. */
async function npmScript(name: string): Promise<void> {
  const npm = process.env.npm_execpath; // Absent when npm did not start this.
  const [program, ...args] = npm?.endsWith('npm-cli.js') ? [process.execPath, npm] : ['npm'];
  await run(program, [...args, 'run', '--silent', name]);
}

/** Every notebook must run to its end, and find what it claims. */
async function testNotebooks(): Promise<void> {
  const data = dataEnvironment();
  const real = hasRealData(data);
  console.log(real ? 'On the real data.' : 'On the generated sample: there is no real data here.');
  await execute(notebookNames(), output, {
    ...environment(),
    ...data,
    LAB_CLAIMS: 'strict',
    ...(real ? {} : { LAB_SAMPLE: '1' }),
  });
}

/** What the notebooks have just measured on the real data must be what README and notebooks say. */
function testPublishedResults(): Promise<void> {
  if (!hasRealData(dataEnvironment())) {
    console.log('Not compared: the notebooks have run on the generated sample.');
    return Promise.resolve();
  }
  const records = loadRecords(path.join(build, 'results')).filter(
    ({ dataset }) => dataset.origin === 'real',
  );
  const readme = readmeTable(readFileSync(path.join(root, 'README.md'), 'utf8'));
  const tables = [readme, ...notebookTables(path.join(root, 'notebooks'))];
  const drift = resultsDrift(tables, records);
  if (drift.length > 0) throw new Error(drift.join('\n'));
  console.log(
    `${records.length} records: sizes, parameters and accuracies are as the tables say of ` +
      `${tables.map(({ place }) => place).join(', ')}.`,
  );
  return Promise.resolve();
}

/** The executed notebooks must become pages and a PDF. */
async function testWriteUp(): Promise<void> {
  const { writeUp } = await exportWriteUp({
    notebooks: notebookNames().map((name) => path.join(output, name)),
    outputDirectory: output,
    figures: path.join(output, 'figures'),
  });
  if (writeUp === undefined) throw new Error('There is no PDF.');
}
