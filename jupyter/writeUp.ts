/** All notebooks as one PDF: what a student hands in. */
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { frontMatter, indexed, type Heading } from '#jupyter/frontMatter';
import { bundlesWith, notebookName, readNotebook, writeNotebook } from '#jupyter/notebookFile';
import { writePages } from '#jupyter/pages';
import { targetPages } from '#jupyter/pdfPages';
import { provenanceSchema, provenanceType, type Provenance } from '#lib/report/provenance';
import { writeWhole } from '#lib/wholeFile';
import { cache, root } from '#setup/environment';

export interface WriteUpOptions {
  /** Day of the export, `2026-01-31`. */
  readonly date: string;
  /** Is told how many of the steps are done. */
  readonly onStep?: (done: number, steps: number) => void;
}

/**
 * Prints notebooks as one PDF: title page, index from question to page, and then every notebook on a
 * new page. Nothing is fetched from a network.
 *
 * @param notebooks paths of executed notebooks with their pictures, in order
 */
export async function writeWriteUp(
  browser: Browser,
  notebooks: readonly string[],
  file: string,
  { date, onStep }: WriteUpOptions,
): Promise<void> {
  const context = await browser.newContext({ offline: true });
  try {
    const page = await context.newPage();
    await page.emulateMedia({ media: 'print' });
    // As wide as the text on paper (A4 less the margins of page.css), so that widths are true.
    await page.setViewportSize({ width: 665, height: 900 });
    await page.goto(pathToFileURL(await onePage(notebooks)).href);
    onStep?.(1, 4);
    await page.evaluate(typesetMath);
    const headings = await page.evaluate(uniqueHeadings);
    const sources = notebooks.flatMap(provenanceOf);
    await page.evaluate(insertFront, frontMatter({ author: author(), date, sources, headings }));
    await page.evaluate(fitTables);
    onStep?.(2, 4);
    // Printed twice: once to learn the pages of the headings, once with these in the index.
    const pages = await targetPages(await print(page));
    const lost = indexed(headings).find(({ id }) => !pages.has(id));
    if (lost !== undefined) throw new Error(`the heading "${lost.text}" is on no page of the PDF`);
    await page.evaluate(insertPageNumbers, [...pages]);
    onStep?.(3, 4);
    const pdf = await print(page);
    onStep?.(4, 4);
    writeWhole(file, pdf);
  } finally {
    await context.close();
  }
}

/** What a notebook says of its data and its machine. */
function provenanceOf(file: string): Provenance[] {
  return bundlesWith(readNotebook(file), provenanceType).map((data) => {
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
async function onePage(notebooks: readonly string[]): Promise<string> {
  const folder = path.join(cache, 'build', 'write-up');
  const merged = path.join(folder, 'write-up.ipynb');
  const [first, ...others] = notebooks.map(readNotebook);
  const cells = [first, ...others].flatMap((notebook) => notebook.cells);
  const metadata = { ...first.metadata, title: 'Quantization: write-up' };
  mkdirSync(folder, { recursive: true });
  writeNotebook(merged, { ...first, metadata, cells });
  const [page] = await writePages([merged], {
    template: 'page',
    outputDirectory: `${folder}/html`,
  });
  return page;
}

function print(page: Page): Promise<Buffer> {
  return page.pdf({ preferCSSPageSize: true, printBackground: true, tagged: true, outline: true });
}

/** The `author` of package.json: `npm pkg set author="Ada Lovelace"`. */
function author(): string | undefined {
  const text = readFileSync(path.join(root, 'package.json'), 'utf8');
  return (JSON.parse(text) as { author?: string }).author;
}

// What follows runs in the browser.

/** The little of the page that is used here; the compiler's types would let all files use it. */
declare const document: {
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element>;
};
interface Element {
  id: string;
  textContent: string;
  readonly tagName: string;
  readonly offsetWidth: number;
  readonly clientWidth: number;
  readonly parentElement: Element;
  readonly style: { fontSize: string };
  insertAdjacentHTML(where: 'afterbegin', html: string): void;
}
declare const MathJax: { readonly startup: { readonly promise: Promise<void> } };

async function typesetMath(): Promise<void> {
  await MathJax.startup.promise;
}

/** Gives headings ids of their own, as those of two notebooks may be alike. */
function uniqueHeadings(): Heading[] {
  return [...document.querySelectorAll('h1, h2, h3')].map((heading, i) => {
    heading.id = `heading-${i + 1}`;
    return { id: heading.id, level: Number(heading.tagName[1]), text: heading.textContent };
  });
}

function insertFront(html: string): void {
  document.querySelector('main')?.insertAdjacentHTML('afterbegin', html);
}

/** Sets tables that are wider than the page in smaller type, so that no column is cut off. */
function fitTables(): void {
  for (const table of document.querySelectorAll('table')) {
    const share = table.parentElement.clientWidth / table.offsetWidth;
    if (share < 1) table.style.fontSize = `${8.4 * share}pt`;
  }
}

function insertPageNumbers(pages: [string, number][]): void {
  for (const [id, number] of pages) {
    const cell = document.querySelector(`[data-page-of="${id}"]`);
    if (cell) cell.textContent = String(number);
  }
}
