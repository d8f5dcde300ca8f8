// npm run bench: sets up what is missing, then times ours and the peers' engines side by side.
import path from 'node:path';
import { Command, Option } from 'commander';
import { peers } from '#bench/peers';
import { ratioFigure } from '#bench/resultFigure';
import {
  absenceLines,
  barSummary,
  comparisonRows,
  memoryRows,
  timedNote,
} from '#bench/resultTables';
import type { BenchResults } from '#bench/results';
import { runBenchmark } from '#bench/run';
import { dataEnvironment } from '#setup/data';
import { root } from '#setup/environment';
import { interrupted, runCommand } from '#setup/interrupt';
import { peerSteps } from '#commands/peers';
import { setUp } from '#setup/setUp';
import { tensorflowStep } from '#setup/tensorflow';
import { plotlyFigure } from '#lib/report/figure';
import { table } from '#lib/report/table';
import { writeWhole } from '#lib/wholeFile';

const program = new Command('npm run bench --')
  .description(
    'Sets up what is missing, then times ours and other engines side by side: the same networks, the ' +
      'same rows, the same threads, in turns.',
  )
  .option('--json <file>', 'write all results to this file')
  .option('--quick', 'fewer and shorter rounds, one thread: a look in two minutes')
  .option('--data <folder>', 'folder with the data (the same as LAB_DATA=<folder>)')
  .addOption(new Option('--sample', 'use the small generated sample').conflicts('data'))
  .parse();

interface BenchArguments {
  readonly json?: string;
  readonly quick?: true;
  readonly data?: string;
  readonly sample?: true;
}

void runCommand(async () => {
  const { json, quick = false, data, sample } = program.opts<BenchArguments>();
  Object.assign(process.env, dataEnvironment(data), sample ? { LAB_SAMPLE: '1' } : {});
  await setUp([[tensorflowStep], peerSteps]);
  const results = await runBenchmark({ peers, quick, signal: interrupted });
  show(results);
  if (json !== undefined) {
    const file = path.resolve(process.env.INIT_CWD ?? '.', json);
    writeWhole(file, `${JSON.stringify(results, null, 1)}\n`);
    console.log(`Written: ${file}`);
  }
});

function show(results: BenchResults): void {
  const { comparisons, machine, versions, data, rounds } = results;
  const source = `${Object.values(data).join(', ')}; ${rounds} rounds; ${machine}`;
  for (const batch of [1, 64]) {
    const rows = comparisonRows(comparisons.filter((each) => each.batch === batch));
    if (rows.length > 0)
      table(rows, { caption: `Batch ${batch}, best configuration of each side. ${source}` });
  }
  console.log(timedNote);
  table(memoryRows(results), { caption: 'Memory of each process, all forms of a network loaded' });
  for (const line of absenceLines(results)) console.log(line);
  console.log(barSummary(comparisons));
  console.log(
    Object.entries(versions)
      .map((pair) => pair.join(': '))
      .join('\n'),
  );
  const folder = path.join(root, 'build', 'bench');
  for (const threads of new Set(comparisons.map((each) => each.threads))) {
    const figure = ratioFigure(comparisons, { threads, subtitle: source });
    const file = path.join(folder, `ratios-${threads}.plotly.json`);
    writeWhole(file, JSON.stringify(plotlyFigure(figure, `bench-ratios-${threads}`)));
    console.log(`Written: ${path.relative(root, file)}`);
  }
}
