/** Executed notebooks as pictures, pages and one PDF. */
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { notebookName } from '#jupyter/notebookFile';
import { writePages } from '#jupyter/pages';
import { addPictures } from '#jupyter/pictures';
import { writeWriteUp } from '#jupyter/writeUp';
import { withProgress } from '#lib/report/progress';
import { launchBrowser } from '#setup/browser';
import { root } from '#setup/environment';

export interface ExportOptions {
  /** Paths of executed notebooks, in the order of the write-up. */
  readonly notebooks: readonly string[];
  /** Folder for `html/` and the PDF. */
  readonly outputDirectory: string;
  /** Folder for the pictures; `figures/` of the repository if left out. */
  readonly figures?: string;
}

export interface Exported {
  readonly pages: readonly string[];
  /** Undefined where no browser could be started. */
  readonly pdf?: string;
}

/**
 * Exports executed notebooks: a picture of each figure, into the notebook and as a file; each
 * notebook as a page; and all as one PDF, `write-up.pdf`, or `<name>.pdf` of a single notebook.
 * Without a browser there are pages only, and the reason is printed.
 */
export async function exportWriteUp(options: ExportOptions): Promise<Exported> {
  const { notebooks, outputDirectory, figures = path.join(root, 'figures') } = options;
  const browser = await startBrowser();
  try {
    if (browser) {
      await withProgress('Drawing figures', 'figures', (progress) =>
        addPictures(browser, notebooks, figures, progress),
      );
    }
    const pages = await withProgress('Writing HTML', 'pages', (progress) =>
      writePages(notebooks, {
        template: 'interactive',
        outputDirectory: path.join(outputDirectory, 'html'),
        onPage: progress,
      }),
    );
    if (!browser) return { pages };
    const name = notebooks.length === 1 ? notebookName(notebooks[0]) : 'write-up';
    const pdf = path.join(outputDirectory, `${name}.pdf`);
    const date = new Date().toLocaleDateString('sv-SE'); // 2026-01-31, as the clock here says
    await withProgress('Printing the PDF', 'steps', (progress) =>
      writeWriteUp(browser, notebooks, pdf, { date, onStep: progress }),
    );
    return { pages, pdf };
  } finally {
    await browser?.close();
  }
}

async function startBrowser(): Promise<Browser | undefined> {
  try {
    return await launchBrowser();
  } catch (error) {
    console.warn(
      'No PDF and no static pictures are made, so figures are seen only where scripts run. ' +
        (error instanceof Error ? error.message : String(error)),
    );
    return undefined;
  }
}
