/** Executed notebooks as pictures, pages and one write-up. */
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { notebookName, readNotebook } from '#jupyter/notebookFile';
import { writePages } from '#jupyter/pages';
import { addPictures } from '#jupyter/pictures';
import { requireAnswers } from '#jupyter/questions';
import { writeWriteUp } from '#jupyter/writeUp';
import { readWriteUpSettings, type WriteUpSettings } from '#jupyter/writeUpSettings';
import { withProgress } from '#lib/report/progress';
import { launchBrowser } from '#setup/browser';
import { root } from '#setup/environment';

export interface ExportOptions {
  /** Paths of executed notebooks, in the order of the write-up. */
  readonly notebooks: readonly string[];
  /** Folder for `html/` and the write-up. */
  readonly outputDirectory: string;
  /** Folder for the pictures; `figures/` of the repository if left out. */
  readonly figures?: string;
  /** What the title page says, and where code goes; those of write-up.json if left out. */
  readonly settings?: WriteUpSettings;
  /** The write-up has only the sections about these questions; all if left out. */
  readonly questions?: readonly string[];
}

export interface Exported {
  /** A page for each notebook. */
  readonly pages: readonly string[];
  /** The write-up; undefined where no browser could be started. */
  readonly writeUp?: { readonly html: string; readonly pdf: string };
}

/**
 * Exports executed notebooks: a picture of each figure, into the notebook and as a file; each
 * notebook as a page; and all as one write-up, PDF and HTML: `write-up`, `write-up-q4-q9` with only
 * some questions, or the name of a single notebook. Without a browser there are pages only, and the
 * reason is printed.
 *
 * @throws Error that names what there is, if no section is about one of the questions
 */
export async function exportWriteUp(options: ExportOptions): Promise<Exported> {
  const { notebooks, outputDirectory, figures = path.join(root, 'figures'), questions } = options;
  const settings = options.settings ?? readWriteUpSettings();
  if (questions !== undefined) {
    const cells = notebooks.flatMap((file) => readNotebook(file).cells);
    requireAnswers(cells, questions);
  }
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
    const file = path.join(outputDirectory, writeUpName(notebooks, questions));
    const writeUp = await withProgress('Printing the write-up', 'steps', (progress) =>
      writeWriteUp(browser, notebooks, file, { settings, questions, onStep: progress }),
    );
    return { pages, writeUp };
  } finally {
    await browser?.close();
  }
}

function writeUpName(notebooks: readonly string[], questions: readonly string[] = []): string {
  const name = notebooks.length === 1 ? notebookName(notebooks[0]) : 'write-up';
  return [name, ...questions.map((question) => question.toLowerCase().replace(' ', '-'))].join('-');
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
