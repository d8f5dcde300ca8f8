import { readFileSync } from 'node:fs';
import path from 'node:path';
import { publishedAims } from '#bench/publishedAims';
import { alike, publishedTable } from '#bench/publishedTable';
import { ratioFigure } from '#bench/resultFigure';
import type { BenchResults } from '#bench/results';
import { drawFigures } from '#jupyter/drawFigures';
import { plotlyFigure } from '#lib/report/figure';
import { withPart } from '#lib/report/markedPart';
import { formatted } from '#lib/report/readmeResults';
import { writeWhole } from '#lib/wholeFile';
import { launchBrowser } from '#setup/browser';
import { root } from '#setup/environment';

/** Where results of `npm run bench` are published, seen from the root of the repository. */
const readme = 'README.md';
const method = path.join('docs', 'bench.md');
const picture = path.join('figures', 'bench-ratios.svg');

/**
 * Writes the results into the README, their aims into docs/bench.md, and their figure.
 *
 * @returns the files written
 * @throws Error if they are not of the real data, or only a quick look, or without PyTorch
 */
export async function publishBench(results: BenchResults): Promise<readonly string[]> {
  if (results.generated) {
    throw new Error(
      'These times are of the generated sample. Run npm run bench with the real data first.',
    );
  }
  if (results.quick) {
    throw new Error('These times are a quick look. Run npm run bench without --quick first.');
  }
  const aims = publishedAims(results);
  const table = publishedTable(results);
  await drawRatios(results);
  await replacePart(readme, 'bench', table);
  await replacePart(method, 'aims', aims);
  return [readme, method, picture];
}

async function drawRatios({ comparisons, data, machine }: BenchResults): Promise<void> {
  const subtitle = `${Object.values(data).join(', ')}; ${machine}`;
  const figure = ratioFigure(alike(comparisons, 1), { threads: 1, subtitle });
  const name = path.basename(picture, '.svg');
  const named = { name, alt: figure.alt, figure: plotlyFigure(figure, name) };
  const browser = await launchBrowser();
  try {
    for await (const svg of drawFigures(browser, [named])) {
      writeWhole(path.join(root, picture), `${svg}\n`);
    }
  } finally {
    await browser.close();
  }
}

async function replacePart(file: string, name: string, content: string): Promise<void> {
  const target = path.join(root, file);
  const text = withPart(readFileSync(target, 'utf8'), name, content);
  writeWhole(target, await formatted(text, target));
}
