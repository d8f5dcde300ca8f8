import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawFigures, type NamedFigure } from '#jupyter/drawFigures';
import { curveFigure, lossFigure } from '#lib/report/curveFigures';
import { exampleRecords } from '#lib/report/exampleRecords';
import { plotlyFigure, type Figure } from '#lib/report/figure';
import * as recordFigures from '#lib/report/recordFigures';
import { heatMapFigure, histogramFigure } from '#lib/report/weightFigures';
import { launchBrowser } from '#setup/browser';

const weights = Float32Array.from({ length: 100 }, (_, i) => Math.sin(i));
const points = { name: 'layer1', x: [2, 4, 8], y: [0.1, 0.01, 0.001] };
const matrix = { name: 'W', values: weights, rows: 5, columns: 5 };

/** One of each kind that the lab draws. */
const figures: Figure[] = [
  recordFigures.sizeAccuracyFigure(exampleRecords),
  recordFigures.latencyAccuracyFigure(exampleRecords, { batchSize: 1 }),
  recordFigures.latencyFigure(exampleRecords, { batchSizes: [1, 64] }),
  recordFigures.costFigure(exampleRecords, { batchSize: 1 }),
  curveFigure([points], { title: 'Error', x: 'Bits', y: 'Error', yScale: 'log' }),
  lossFigure({ mnist: weights, sst2: weights }, { title: 'Loss' }),
  histogramFigure({ float32: weights, '4 bits': weights }, { title: 'Weights' }),
  heatMapFigure([matrix, matrix, matrix], { title: 'Matrices' }),
];

async function draw(figures: readonly Figure[]): Promise<string[]> {
  const named = figures.map((figure, i): NamedFigure => {
    const name = `04-q${i}-test`;
    return { name, alt: figure.alt, figure: plotlyFigure(figure, name) };
  });
  const drawn: string[] = [];
  for await (const svg of drawFigures(browser, named)) drawn.push(svg);
  return drawn;
}

let browser: Browser;
let svgs: string[];

beforeAll(async () => {
  browser = await launchBrowser();
  svgs = await draw(figures);
}, 120_000);

afterAll(async () => {
  await browser.close();
});

test('every figure of the lab is one that Plotly knows, and gives the same bytes twice', async () => {
  expect(svgs).toHaveLength(figures.length);
  expect(svgs[0]).toContain('97.2');
  expect(svgs[0]).toContain('aria-label="mnist: float32 5.88 MB, 97.35 %');
  expect(await draw(figures)).toEqual(svgs);

  const ids = svgs.flatMap((svg) => [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
  expect(ids.length).toBeGreaterThan(30);
  expect(new Set(ids).size).toBe(ids.length);
});

test('nothing is drawn outside of the picture', async () => {
  const page = await browser.newPage();
  for (const svg of svgs) {
    await page.setContent(svg);
    const outside = await page.evaluate(textsOutside);
    expect(outside).toEqual([]);
  }
  await page.close();
});

test('a figure with an attribute that Plotly does not know is refused by name', async () => {
  const [figure] = figures;
  const wrong = { ...figure, layout: { ...figure.layout, colour: 'red' } };
  await expect(draw([wrong])).rejects.toThrow(/^figure 04-q0-test: .*colour/);
});

/** What the script below reads of the page. */
interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}
interface Element {
  readonly textContent: string;
  getBoundingClientRect(): Box;
}
declare const document: {
  querySelector(selector: string): Element;
  querySelectorAll(selector: string): Iterable<Element>;
};

/** Runs in the browser: the texts that stick out of the picture. */
function textsOutside(): string[] {
  const picture = document.querySelector('svg').getBoundingClientRect();
  return [...document.querySelectorAll('svg text')]
    .filter((text) => {
      const { left, right, top, bottom } = text.getBoundingClientRect();
      return (
        left < picture.left || right > picture.right || top < picture.top || bottom > picture.bottom
      );
    })
    .map(({ textContent }) => textContent);
}
