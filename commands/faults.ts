// npm run faults: tries all faults, the long ones too, and writes docs/faults.md from what they led to.
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { format } from 'prettier';
import { writeWhole } from '#lib/wholeFile';
import { faultAreas, faultTable, type TestReport } from '#commands/faultTable';
import { cache, root } from '#setup/environment';
import { runCommand } from '#setup/interrupt';
import { run } from '#setup/run';
import { allSteps, setUp } from '#setup/setUp';

new Command('npm run faults')
  .description(
    'Runs the tests that break files, disks, networks and processes, and writes docs/faults.md: what was ' +
      'tried, and what it led to. Takes five to twenty minutes.',
  )
  .parse();

void runCommand(async () => {
  await setUp(allSteps);
  const report = path.join(cache, 'build', 'faults.json');
  mkdirSync(path.dirname(report), { recursive: true });
  let failure: unknown;
  await run(process.execPath, [
    ...[path.join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run'],
    ...['--project', 'unit', '--project', 'faults', ...Object.values(faultAreas).flat()],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
  ]).catch((error: unknown) => (failure = error));
  const text = faultTable(JSON.parse(readFileSync(report, 'utf8')) as TestReport, root);
  writeWhole(path.join(root, 'docs', 'faults.md'), await format(text, { parser: 'markdown' }));
  console.log('docs/faults.md');
  if (failure !== undefined)
    throw new Error('A fault led to something else than it should: see above.');
});
