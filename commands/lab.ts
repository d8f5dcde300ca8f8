// npm run lab: JupyterLab on the notebooks, with the TypeScript kernel.
import { allSteps, setUp } from '#setup/setUp';
import { runCommand } from '#setup/interrupt';
import { jupyterLab } from '#setup/jupyterLab';
import { run } from '#setup/run';

const args = process.argv.slice(2);

if (args.includes('--help')) {
  console.log(
    'Usage: npm run lab [-- arguments of jupyter lab]\n\n' +
      'Sets up what is missing and opens JupyterLab on the notebooks. --no-browser only prints the ' +
      'address; all other arguments go to jupyter lab as well.',
  );
} else {
  void runCommand(async () => {
    await setUp(allSteps);
    const [program, ...defaults] = jupyterLab();
    await run(program, [...defaults, ...args]);
  });
}
