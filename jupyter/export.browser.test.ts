import axe from 'axe-core';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { exportWriteUp, type Exported } from '#jupyter/export';
import {
  bundlesWith,
  readNotebook,
  writeNotebook,
  type Cell,
  type Notebook,
} from '#jupyter/notebookFile';
import { openPdf, pageTexts } from '#jupyter/pdfPages';
import { addPictures } from '#jupyter/pictures';
import { writeWriteUp } from '#jupyter/writeUp';
import { curveFigure } from '#lib/report/curveFigures';
import { figureType, plotlyFigure } from '#lib/report/figure';
import { grid, gridHtml } from '#lib/report/grid';
import { provenanceType, type Provenance } from '#lib/report/provenance';
import { launchBrowser } from '#setup/browser';

vi.mock('#setup/browser', async (original) => {
  const browser = await original<typeof import('#setup/browser')>();
  return { launchBrowser: vi.fn(browser.launchBrowser) };
});

const folder = mkdtempSync(path.join(tmpdir(), 'export-'));
const notebooks = ['03-first', '04-second'].map((name) => path.join(folder, `${name}.ipynb`));
const settings = { author: 'A. Student', course: 'Course 1', code: 'inline' } as const;
let browser: Browser;
let exported: Exported;
/** Text of each page of the PDF. */
let pdfPages: string[];

const source: Provenance = {
  machine: 'Example CPU, 2 cores',
  versions: { tslab: '1.0.22' },
  data: [
    { label: 'generated sample (MNIST)', generated: true, checksum: '00'.repeat(32), inputs: 400 },
  ],
  models: [],
  seeds: [7],
};

function text(...source: string[]): Cell {
  return { cell_type: 'markdown', source: source.join('\n'), metadata: {} };
}

function code(source: string, ...bundles: Record<string, unknown>[]): Cell {
  const outputs = bundles.map((data) => ({ output_type: 'display_data', data, metadata: {} }));
  const cell = { source, outputs, metadata: {}, execution_count: 1 };
  return { cell_type: 'code', ...cell };
}

function figureBundle(name: string): Record<string, unknown> {
  const curve = { name: 'layer1', x: [2, 4, 8], y: [1, 2, 3] };
  const figure = curveFigure([curve], { title: `Figure ${name}`, x: 'Bits', y: 'Error' });
  return { [figureType]: plotlyFigure(figure, name), 'text/plain': figure.alt };
}

const columns = Array.from({ length: 14 }, (_, i) => `Latency of kind ${i}`);
const wide = grid('A wide table', columns, [columns.map((_, i) => 1234.5 * i)]);

beforeAll(async () => {
  const write = (file: string, cells: Cell[]): void => {
    const metadata = { language_info: { name: 'typescript' } };
    const numbered = cells.map((cell, i) => ({ ...cell, id: `cell-${i}` }));
    writeNotebook(file, { cells: numbered, metadata, nbformat: 4, nbformat_minor: 5 });
  };
  write(notebooks[0], [
    text('# 03 · First', '', 'Here $q = \\frac{x}{s}$.'),
    code('const scale = 0.5; // a comment', { [provenanceType]: source, 'text/plain': 'data' }),
    text('## Q6 · The linear mapping', '', '## Goals'),
    code('plot();', figureBundle('03-q6-a'), figureBundle('03-q6-b')),
  ]);
  write(notebooks[1], [
    text('# 04 · Second', '', '## Goals'),
    text('## Q8 · Dynamic quantization'),
    code('table();', { 'text/html': gridHtml(wide), 'text/plain': '' }),
  ]);
  exported = await exportWriteUp({
    notebooks,
    outputDirectory: path.join(folder, 'build'),
    figures: path.join(folder, 'figures'),
    settings,
  });
  browser = await launchBrowser();
  pdfPages = await pageTexts(readFileSync(exported.writeUp?.pdf ?? ''));
}, 180_000);

afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

test('pages ask nothing of a network, and tell the browser their language and title', () => {
  for (const page of exported.pages) {
    const html = readFileSync(page, 'utf8');
    const [head] = html.split('<style>');
    expect(head).toMatch(/^<!DOCTYPE html>\s+<html lang="en">/);
    expect(head).toMatch(/<title>0\d-\w+<\/title>/);
    // What has an address, when the text of scripts is gone.
    const markup = html.replace(/<script>.*?<\/script>/gs, '<script></script>');
    const addresses = markup.match(/(?:<script |<link|<img|<iframe|@import|url\((?!#)).{0,80}/g);
    expect(addresses?.filter((address) => !address.includes('data:')) ?? []).toEqual([]);
    expect(markup.length).toBeLessThan(200_000);
  }
});

test('a page holds the picture of each figure, and what draws it where scripts run', () => {
  const html = readFileSync(exported.pages[0], 'utf8');
  expect(
    html.split('<figure class="interactive"><svg role="img" aria-label="Error by Bits.'),
  ).toHaveLength(3);
  expect(html.split('Plotly.newPlot(place, data')).toHaveLength(3);
});

test('pictures stand in the notebook and in the folder for figures', () => {
  const svg = readFileSync(path.join(folder, 'figures', '03-q6-a.svg'), 'utf8');
  const outputs = readNotebook(notebooks[0]).cells.flatMap(({ outputs = [] }) => outputs);
  expect(outputs.map(({ data }) => data?.['image/svg+xml'])).toContain(svg.trimEnd());
});

test('a picture that the notebook has since it was run is not drawn again, but comes to the folder', async () => {
  const svg = '<svg role="img">as it was drawn</svg>';
  const file = path.join(folder, '05-drawn.ipynb');
  const notebook = readNotebook(notebooks[0]);
  for (const data of bundlesWith(notebook, figureType)) data['image/svg+xml'] = svg;
  writeNotebook(file, notebook);
  const pictures = path.join(folder, 'drawn');
  expect(await addPictures(browser, [file], pictures, vi.fn())).toEqual(['03-q6-a', '03-q6-b']);
  expect(readNotebook(file)).toEqual(notebook);
  expect(readFileSync(path.join(pictures, '03-q6-b.svg'), 'utf8')).toBe(`${svg}\n`);
});

test('the title page names author and course, says loudly that data is generated, and where numbers come from', () => {
  for (const text of [settings.author, settings.course]) expect(pdfPages[0]).toContain(text);
  expect(pdfPages[0]).toContain('NOT THE REAL DATA: generated sample (MNIST)');
  expect(pdfPages[0]).toContain('Example CPU, 2 cores');
  expect(pdfPages[0]).toContain('Seeds   7');
});

test('the PDF names title, author and subject, and has tags, an outline and a language', async () => {
  const file = readFileSync(exported.writeUp?.pdf ?? '');
  await openPdf(file, async (document) => {
    const { info } = await document.getMetadata();
    expect(info).toMatchObject({
      Title: 'Quantization: write-up',
      Author: settings.author,
      Subject: 'Write-up of the on-device machine-learning lab, Course 1',
      Keywords: expect.stringContaining('int8') as string,
      Language: 'en',
    });
    expect(await document.getMarkInfo()).toMatchObject({ Marked: true });
    const outline = JSON.stringify(await document.getOutline());
    expect(outline).toContain('Q6 · The linear mapping');
  });
  expect(readFileSync(exported.writeUp?.html ?? '', 'utf8')).toContain(
    '<meta name="author" content="A. Student">',
  );
});

test('the index names the page on which each question stands', () => {
  const questions = ['Q6 · The linear mapping', 'Q8 · Dynamic quantization'];
  const [, index] = pdfPages;
  for (const question of questions) {
    const number = new RegExp(`${question.replace('.', '\\.')}\\s+(\\d+)`).exec(index)?.[1];
    expect(pdfPages[Number(number) - 1]).toContain(question);
  }
  expect(index).toMatch(/03 · First\s+3 /);
  expect(index).not.toContain('Goals');
});

test('the write-up as a page breaks no rule of accessibility, and runs no script', async () => {
  const html = readFileSync(exported.writeUp?.html ?? '', 'utf8');
  expect(html).not.toContain('<script');
  expect(html.split('aria-label="Error by Bits.')).toHaveLength(3);
  for (const width of [1280, 420]) {
    const page = await browser.newPage({ viewport: { width, height: 800 } });
    await page.setContent(html);
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() =>
      (globalThis as unknown as { axe: typeof axe }).axe.run(),
    );
    await page.close();
    const found = violations.map(({ id, nodes }) => [id, ...nodes.map((node) => node.html)]);
    expect(found, `${width} px wide`).toEqual([]);
  }
});

test('code can stand in an appendix, and a write-up be about some questions only', async () => {
  const file = path.join(folder, 'build', 'appendix');
  const appendix = { ...settings, code: 'appendix' } as const;
  const { pdf } = await writeWriteUp(browser, notebooks, file, {
    settings: appendix,
    questions: ['Q8'],
  });
  const pages = await pageTexts(readFileSync(pdf));
  const all = pages.join(' ');
  expect(all).toContain('Latency of kind 13');
  expect(all).not.toContain('The linear mapping');
  const number = Number(/Code 1, page\s+(\d+)/.exec(all)?.[1]);
  expect(pages[number - 1]).toMatch(/Appendix · Code\s+Code 1\s+table\s?\(\);/);
  expect(pages.slice(0, number - 1).join(' ')).not.toMatch(/table\s?\(\)/);
});

test('code can be left out', async () => {
  const file = path.join(folder, 'build', 'no-code');
  const none = { ...settings, code: 'none' } as const;
  const { pdf, html } = await writeWriteUp(browser, notebooks, file, { settings: none });
  const all = (await pageTexts(readFileSync(pdf))).join(' ');
  expect(all).toContain('Latency of kind 13');
  expect(all).not.toContain('a comment');
  expect(readFileSync(html, 'utf8')).not.toContain('a comment');
});

test('questions that no section is about are refused before any work', async () => {
  const options = { notebooks, outputDirectory: folder, settings, questions: ['Q14'] };
  await expect(exportWriteUp(options)).rejects.toThrow('there are: Q6, Q8.');
});

test('formulas are set, and no column of a wide table is cut off', () => {
  const all = pdfPages.join(' ');
  expect(all).not.toContain('\\frac');
  expect(all).toContain('Latency of kind 13');
  expect(all).toContain('16,050');
});

test('without a browser there are pages all the same, and the reason is told', async () => {
  vi.mocked(launchBrowser).mockRejectedValueOnce(new Error('no Chromium here'));
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  const [file] = notebooks;
  writeNotebook(file, withoutPictures(readNotebook(file)));
  const { pages, writeUp } = await exportWriteUp({
    notebooks: [file],
    outputDirectory: path.join(folder, 'no-browser'),
    figures: path.join(folder, 'figures'),
  });
  expect(writeUp).toBeUndefined();
  expect(readFileSync(pages[0], 'utf8').split('Plotly.newPlot(place, data')).toHaveLength(3);
  expect(warn.mock.lastCall?.[0]).toContain('No PDF and no static pictures are made');
  expect(warn.mock.lastCall?.[0]).toContain('no Chromium here');
});

function withoutPictures(notebook: Notebook): Notebook {
  for (const data of bundlesWith(notebook, figureType)) delete data['image/svg+xml'];
  return notebook;
}
