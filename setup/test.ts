// npm test: sets up what is missing, then checks everything.
import path from 'node:path';
import { Command } from 'commander';
import { runNotebooks } from '#jupyter/run';
import { dataEnvironment, hasRealData } from '#setup/data';
import { environment, root } from '#setup/environment';
import { interrupted, runCommand } from '#setup/interrupt';
import { selectNotebooks } from '#setup/notebooks';
import { run } from '#setup/run';
import { allSteps, setUp } from '#setup/setUp';
import { runStage, summarize, type Stage } from '#setup/stages';

new Command('npm test')
  .description(
    'Sets up what is missing, then runs the linter, the compiler, the tests and all notebooks: on the ' +
      'real data if it is in data/ or in the folder that LAB_DATA names, else on the generated sample.',
  )
  .parse();

void runCommand(async () => {
  const parts: [string, () => Promise<void>][] = [
    ['Set-up', () => setUp(allSteps)],
    ['Lint', () => npmScript('lint')],
    ['Types', () => npmScript('types')],
    ['Tests', () => npmScript('unit')],
    ['Notebooks', testNotebooks],
  ];
  const stages: Stage[] = [];
  for (const [name, part] of parts) {
    const stage = await runStage(name, part);
    interrupted.throwIfAborted();
    stages.push(stage);
    if (stage.failure !== undefined) console.error(stage.failure);
    if (name === 'Set-up' && stage.failure !== undefined) break;
  }
  console.log(`\n== Summary\n${summarize(stages)}`);
  const failed = stages.filter(({ failure }) => failure !== undefined);
  if (failed.length > 0) throw new Error(`${failed.length} of ${stages.length} stages failed.`);
});

/** Runs a script of package.json. */
async function npmScript(name: string): Promise<void> {
  const npm = process.env.npm_execpath; // Absent when npm did not start this.
  const [program, ...args] = npm?.endsWith('npm-cli.js') ? [process.execPath, npm] : ['npm'];
  await run(program, [...args, 'run', '--silent', name]);
}

/** Every notebook must run to its end. */
async function testNotebooks(): Promise<void> {
  const data = dataEnvironment();
  const real = hasRealData(data);
  console.log(real ? 'on the real data' : 'on the generated sample: there is no real data here');
  const results = await runNotebooks(selectNotebooks([]), {
    outputDirectory: path.join(root, 'build', 'test'),
    env: { ...environment(), ...data, ...(real ? {} : { LAB_SAMPLE: '1' }) },
  });
  const failed = results.filter(({ failure }) => failure !== undefined);
  if (failed.length > 0) throw new Error(`failed: ${failed.map(({ name }) => name).join(', ')}`);
}
