// npm run publish-results: puts a run on the real data where readers of the repository see it.
import path from 'node:path';
import { Command } from 'commander';
import { readResults } from '#bench/results';
import { bundlesWith, readNotebook, writeNotebook } from '#jupyter/notebookFile';
import { provenanceSchema, provenanceType } from '#lib/report/provenance';
import { updateReadme } from '#lib/report/readmeResults';
import { plusMinus } from '#lib/report/numbers';
import { formName, loadRecords, type Measurement } from '#lib/report/records';
import { resultsDrift } from '#lib/report/resultsDrift';
import { greatestSpread, spreadLimit } from '#lib/timers/spread';
import { root } from '#setup/environment';
import { runCommand } from '#setup/interrupt';
import { executed, notebookNames } from '#setup/notebooks';
import { publishBench } from '#commands/publishBench';
import { notebookTables } from '#commands/publishedTables';

const program = new Command('npm run publish-results --')
  .description(
    'After npm start on the real data: copies the executed notebooks to notebooks/ and writes the ' +
      'headline and results table of README.md from the records of their measurements.',
  )
  .option(
    '--bench <file>',
    'publish these results of npm run bench -- --json <file> instead: table and figure of README.md, ' +
      'aims of docs/bench.md',
  )
  .parse();

void runCommand(async () => {
  const { bench } = program.opts<{ bench?: string }>();
  if (bench === undefined) return publishNotebooks();
  const results = readResults(path.resolve(process.env.INIT_CWD ?? '.', bench));
  console.log(`Updated ${(await publishBench(results)).join(', ')}.`);
});

async function publishNotebooks(): Promise<void> {
  const notebooks = notebookNames().map((name) => {
    const notebook = readNotebook(path.join(executed, name));
    const sources = bundlesWith(notebook, provenanceType).map((bundle) =>
      provenanceSchema.parse(bundle[provenanceType]),
    );
    if (sources.some(({ data }) => data.some(({ generated }) => generated))) {
      throw new Error(
        `${name} was executed on the generated sample. Run npm start with the real data first.`,
      );
    }
    return { name, notebook };
  });
  const records = loadRecords().filter(({ dataset }) => dataset.origin === 'real');
  const drift = resultsDrift(notebookTables(executed), records);
  if (drift.length > 0) {
    throw new Error(
      `The notebooks in build/notebooks and the records in build/results are not of one run: run npm ` +
        `start.\n${drift.join('\n')}`,
    );
  }
  for (const { name, notebook } of notebooks) {
    writeNotebook(path.join(root, 'notebooks', name), notebook);
  }
  await updateReadme(path.join(root, 'README.md'), records);
  console.log(`Updated README.md and ${notebooks.length} notebooks.`);
  for (const row of disturbedRows(records)) {
    console.warn(
      `Disturbed while it was timed: ${row}. Run its notebook again on a quiet machine.`,
    );
  }
}

/** `mnist-lab1, static int8, batch 64: 201 ± 91 µs` */
function disturbedRows(records: readonly Measurement[]): string[] {
  return records.flatMap((record) =>
    record.latency
      .filter((timed) => greatestSpread([timed]) > spreadLimit)
      .map(({ batchSize, meanMicroseconds, stdMicroseconds }) => {
        const time = plusMinus(meanMicroseconds, stdMicroseconds);
        return `${record.model}, ${formName(record)}, batch ${batchSize}: ${time} µs`;
      }),
  );
}
