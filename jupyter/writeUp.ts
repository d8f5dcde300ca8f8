/** All notebooks as one document, PDF and HTML: what a student hands in. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { frontMatter, indexed, type Heading } from '#jupyter/frontMatter';
import {
  bundlesWith,
  notebookName,
  readNotebook,
  writeNotebook,
  type Notebook,
} from '#jupyter/notebookFile';
import { writePages } from '#jupyter/pages';
import { withInformation, type PdfInformation } from '#jupyter/pdfInformation';
import { targetPages } from '#jupyter/pdfPages';
import { cellsAbout } from '#jupyter/questions';
import * as inPage from '#jupyter/writeUpPage';
import type { WriteUpSettings } from '#jupyter/writeUpSettings';
import { provenanceSchema, provenanceType, type Provenance } from '#lib/report/provenance';
import { writeWhole } from '#lib/wholeFile';
import { cache } from '#setup/environment';

export interface WriteUpOptions {
  readonly settings: WriteUpSettings;
  /** Only the sections about these questions, which must be answered; all if left out. */
  readonly questions?: readonly string[];
  /** Is told how many of the steps are done. */
  readonly onStep?: (done: number, steps: number) => void;
}

/**
 * Writes notebooks as one document: title page, index of the questions, and then every notebook. The PDF
 * has the page of each question in its index; the HTML page needs no script, no network and no other
 * file, and folds the code.
 *
 * @param notebooks paths of executed notebooks with their pictures, in order
 * @param file path without the extension
 * @returns paths of the two files
 */
export async function writeWriteUp(
  browser: Browser,
  notebooks: readonly string[],
  file: string,
  { settings, questions, onStep }: WriteUpOptions,
): Promise<{ html: string; pdf: string }> {
  const parts = notebooks.map((notebook) => ({ file: notebook, ...readNotebook(notebook) }));
  const chosen = questions === undefined ? parts : partsAbout(parts, questions);
  const context = await browser.newContext({ offline: true });
  try {
    const page = await context.newPage();
    await page.emulateMedia({ media: 'print' });
    // As wide as the text on paper (A4 less the margins of page.css), so that widths are true.
    await page.setViewportSize({ width: 665, height: 900 });
    await page.goto(pathToFileURL(await onePage(chosen, settings.author)).href);
    onStep?.(1, 5);
    await page.evaluate(inPage.typesetMath);
    if (settings.code === 'none') await page.evaluate(inPage.removeCode);
    const sources = chosen.flatMap(provenanceOf);
    await setFront(page, settings, sources);
    writeWhole(`${file}.html`, await page.evaluate(inPage.readingPage));
    onStep?.(2, 5);
    if (settings.code === 'appendix') await page.evaluate(inPage.moveCode);
    const headings = await setFront(page, settings, sources);
    await page.evaluate(inPage.fitTables);
    onStep?.(3, 5);
    // Printed twice: once to learn the pages of the headings, once with these in the index.
    const pages = await targetPages(await print(page, { tagged: false }));
    const lost = indexed(headings).find(({ id }) => !pages.has(id));
    if (lost !== undefined) throw new Error(`the heading "${lost.text}" is on no page of the PDF`);
    await page.evaluate(inPage.insertPageNumbers, [...pages]);
    onStep?.(4, 5);
    writeWhole(`${file}.pdf`, withInformation(await print(page), information(settings)));
    onStep?.(5, 5);
    return { html: `${file}.html`, pdf: `${file}.pdf` };
  } finally {
    await context.close();
  }
}

/** Puts title page and index before the notebooks; returns the headings that the index knows. */
async function setFront(
  page: Page,
  { author, course, date = today() }: WriteUpSettings,
  sources: readonly Provenance[],
): Promise<Heading[]> {
  const headings = await page.evaluate(inPage.uniqueHeadings);
  await page.evaluate(inPage.insertFront, frontMatter({ author, course, date, sources, headings }));
  return headings;
}

/** An executed notebook, with its path. */
type Part = Notebook & { readonly file: string };

function partsAbout(parts: readonly Part[], questions: readonly string[]): Part[] {
  const chosen = parts.map((part) => ({ ...part, cells: cellsAbout(part.cells, questions) }));
  return chosen.filter(({ cells }) => cells.length > 0);
}

/** What a notebook says of its data and its machine. */
function provenanceOf(part: Part): Provenance[] {
  const { file } = part;
  return bundlesWith(part, provenanceType).map((data) => {
    const source = provenanceSchema.safeParse(data[provenanceType]);
    if (source.success) return source.data;
    const section = notebookName(file).slice(0, 2);
    throw new Error(
      `${file} was executed by an older version of the lab: its provenance can't be read. ` +
        `Run it again: npm start -- ${section}.`,
      { cause: source.error },
    );
  });
}

/** The notebooks one after the other in one HTML page. */
async function onePage([first, ...others]: readonly Notebook[], author: string): Promise<string> {
  const folder = path.join(cache, 'build', 'write-up');
  const merged = path.join(folder, 'write-up.ipynb');
  const cells = [first, ...others].flatMap((notebook) => notebook.cells);
  const authors = author === '' ? [] : [{ name: author }];
  const metadata = { ...first.metadata, title: 'Quantization: write-up', authors };
  mkdirSync(folder, { recursive: true });
  const { nbformat, nbformat_minor } = first;
  writeNotebook(merged, { cells, metadata, nbformat, nbformat_minor });
  const [page] = await writePages([merged], {
    template: 'page',
    outputDirectory: `${folder}/html`,
  });
  return page;
}

function information({ author, course }: WriteUpSettings): PdfInformation {
  const Subject = ['Write-up of the on-device machine-learning lab', course]
    .filter(Boolean)
    .join(', ');
  return {
    Author: author,
    Subject,
    Keywords: 'quantization, int8, int4, float16, ONNX, TypeScript',
  };
}

/** Without tags, which readers of the PDF need, it is printed in half the time. */
function print(page: Page, { tagged = true } = {}): Promise<Buffer> {
  const options = { preferCSSPageSize: true, printBackground: true };
  return page.pdf({ ...options, tagged, outline: tagged });
}

/** `2026-01-31`, as the clock here says. */
const today = (): string => new Date().toLocaleDateString('sv-SE');
