/**
 * A user's session in JupyterLab, in a real browser: a small notebook is stepped through, changed,
 * interrupted and run again, with a training on the generated sample.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '#setup/browser';
import { root } from '#setup/environment';
import { kernelName } from '#setup/kernelspec';
import {
  cellLocator,
  choose,
  codeCells,
  openNotebook,
  outputText,
  restartAndRunAll,
  runCell,
  startCell,
  typeInto,
  waitUntilDrawn,
  waitUntilIdle,
} from '#jupyter/labPage';
import { startLabServer, type LabServer } from '#jupyter/labServer';
import { writeNotebook } from '#jupyter/notebookFile';

/** Time for the longest step, in ms. */
const patience = 180_000;

const folder = path.join('build', 'session-test');
const directory = path.join(root, folder);
const library = path.join(directory, 'epochs.ts');
const [first, training, figures, failing, last] = [
  'const epochs = 1;',
  `
import { trainSideBySide } from '#lib/experiments/trainNetworks';
import { loadDataset } from '#lib/loaders/load';
import { mnistModel } from '#lib/models/spec';

const spec = { ...mnistModel, name: 'session', hiddenSize: 16, epochs };
const data = await loadDataset(spec.input);
const [{ losses }] = await trainSideBySide([{ spec, dataset: data, seed: 1 }]);
console.log(losses.length / Math.ceil(data.train.labels.length / spec.batchSize), 'epochs');`,
  `
import { curveFigure } from '#lib/report/curveFigures';
import { plot } from '#lib/report/figure';
import { table } from '#lib/report/table';
import { histogramSliderFigure } from '#lib/report/weightFigures';

table([{ Model: spec.name, Epochs: epochs }], { caption: 'Hyperparameters' });
const curve = { name: 'layer1', x: [2, 4, 8], y: [0.3, 0.2, 0.1] };
plot(curveFigure([curve], { title: 'Curve', x: 'Bits', y: 'Error' }), { name: '00-curve' });
const step = (label: string) => ({ label, values: losses });
plot(
  histogramSliderFigure(step('float32'), ['2 bits', '4 bits', '8 bits'].map(step), { title: 'Slider' }),
  { name: '00-slider' },
);`,
  `
function check(bits: number): void {
  if (bits < 2) throw new RangeError('too few bits');
}
check(1);`,
  `
import { epochsInLibrary } from './${folder}/epochs';
console.log('library says', epochsInLibrary);`,
].map((source) => source.trim());
/** Numbers of the code cells in the notebook, which opens with a heading. */
const cell = { first: 1, training: 2, figures: 3, failing: 4, last: 5 };

let server: LabServer;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  writeFileSync(library, 'export const epochsInLibrary = 3;\n');
  const heading = { id: 'heading', cell_type: 'markdown' as const, metadata: {} };
  writeNotebook(path.join(directory, 'session.ipynb'), {
    cells: [
      { ...heading, source: '# A session' },
      ...[first, training, figures, failing, last].map((source, i) => {
        const empty = { metadata: {}, outputs: [], execution_count: null };
        return { id: `cell-${i}`, cell_type: 'code' as const, source, ...empty };
      }),
    ],
    metadata: { kernelspec: { name: kernelName, display_name: '', language: 'typescript' } },
    nbformat: 4,
    nbformat_minor: 5,
  });
  server = await startLabServer(path.join(directory, 'jupyter'), { LAB_SAMPLE: '1' });
  browser = await launchBrowser();
  page = await browser.newPage({ viewport: { width: 1400, height: 1600 } });
  page.setDefaultTimeout(60_000);
  await openNotebook(page, server.address(`${folder}/session.ipynb`));
  await waitUntilIdle(page, patience);
}, patience);

afterAll(async () => {
  await page.screenshot({ path: path.join(directory, 'session.png') });
  await browser.close();
  await server.close();
}, patience);

test(
  'a training is interrupted, and runs again with a hyperparameter changed in the first cell',
  async () => {
    await typeInto(page, cell.first, 'const epochs = 5000;');
    await runCell(page, cell.first, patience);
    await startCell(page, cell.training);
    // The bar, with the time that remains.
    const bar = cellLocator(page, cell.training).getByText(/Training session.* left/);
    await bar.waitFor({ timeout: patience });
    await choose(page, 'Kernel', 'Interrupt Kernel');
    await waitUntilIdle(page, patience);
    expect(await outputText(page, cell.training)).toContain('Interrupted');

    await typeInto(page, cell.first, 'const epochs = 2;');
    await runCell(page, cell.first, patience);
    await runCell(page, cell.training, patience);
    expect(await outputText(page, cell.training)).toContain('2 epochs');
  },
  patience,
);

test(
  'figures answer: a point names its value, and the slider changes what is shown',
  async () => {
    await runCell(page, cell.figures, patience);
    const cells = await codeCells(page);
    expect(cells[cell.figures - 1]).toMatchObject({ errors: [], tables: 1, figures: 2 });
    await waitUntilDrawn(page, cells);

    const plots = cellLocator(page, cell.figures).locator('.js-plotly-plot');
    await plots.nth(0).locator('.points path').nth(1).hover({ force: true });
    await expect.poll(() => plots.nth(0).locator('.hoverlayer').textContent()).toContain('0.2');

    const slider = plots.nth(1);
    const shown = (): Promise<string | null> => slider.locator('.legend').textContent();
    const before = await shown();
    await slider.locator('.slider-label', { hasText: '8 bits' }).click({ force: true });
    await expect.poll(shown).toContain('8 bits');
    expect(before).toContain('4 bits');
  },
  patience,
);

test(
  'symbols of lib are completed and explained in the editor',
  async () => {
    await typeInto(page, cell.last, 'curve');
    await cellLocator(page, cell.last).locator('.jp-mod-completer-enabled').waitFor();
    await page.keyboard.press('Tab');
    await page.locator('.jp-Completer-item', { hasText: 'curveFigure' }).click();
    await page.keyboard.press('Shift+Tab');
    const text = await page.locator('.jp-Tooltip').textContent();
    expect(text).toContain('function curveFigure(curves: readonly Curve[]');
    expect(text).toContain('Curves with a marker at each point');
    await page.keyboard.press('Escape');
  },
  patience,
);

test(
  'an error names the line of the TypeScript in the cell',
  async () => {
    await runCell(page, cell.failing, patience);
    const text = await outputText(page, cell.failing);
    expect(text).toContain('RangeError: too few bits');
    expect(text).toContain('at check (cell:2:23)');
    expect(text).toContain('at cell:4:1');
  },
  patience,
);

test(
  'restart and run all runs everything anew, with an edited library',
  async () => {
    await typeInto(page, cell.last, last);
    await runCell(page, cell.last, patience);
    expect(await outputText(page, cell.last)).toContain('library says 3');
    writeFileSync(library, 'export const epochsInLibrary = 4;\n');
    await typeInto(page, cell.failing, '// mended');
    await restartAndRunAll(page, patience);
    const cells = (await codeCells(page)).filter(({ empty }) => !empty);
    expect(cells.map(({ executionCount }) => executionCount)).toEqual([1, 2, 3, 4, 5]);
    expect(cells.flatMap(({ errors }) => errors)).toEqual([]);
    expect(await outputText(page, cell.last)).toContain('library says 4');
  },
  patience,
);
