/** Executed notebooks as HTML pages, by nbconvert. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { transform } from 'esbuild';
import { notebookName } from '#jupyter/notebookFile';
import { unwritable, writeWhole } from '#lib/wholeFile';
import { cache, root, venvPython } from '#setup/environment';
import { run } from '#setup/run';

export interface PageOptions {
  /** `page`: figures are pictures; `interactive`: they answer to the pointer, where scripts run. */
  readonly template: 'page' | 'interactive';
  readonly outputDirectory: string;
  /** Is told how many pages are done. */
  readonly onPage?: (done: number, total: number) => void;
}

/**
 * Writes each notebook as one HTML file that stands alone, `<name>.html`.
 *
 * @returns paths of the pages
 * @throws Error with nbconvert's last words if it fails, or if a page can't be written
 */
export async function writePages(
  notebooks: readonly string[],
  { template, outputDirectory, onPage }: PageOptions,
): Promise<string[]> {
  if (template === 'interactive') await minifyPlotly();
  const partial = `${outputDirectory}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const log = path.join(cache, 'logs', 'nbconvert.log');
  rmSync(log, { force: true });
  const script = path.join(root, 'jupyter', 'write_pages.py');
  const watch = setInterval(() => onPage?.(readdirSync(partial).length, notebooks.length), 250);
  try {
    await run(venvPython, [script, template, partial, ...notebooks], { log });
  } finally {
    clearInterval(watch);
  }
  mkdirSync(outputDirectory, { recursive: true });
  const pages = notebooks.map((file) => {
    const page = `${notebookName(file)}.html`;
    const target = path.join(outputDirectory, page);
    try {
      renameSync(path.join(partial, page), target);
    } catch (error) {
      throw unwritable(target, error);
    }
    return target;
  });
  rmSync(partial, { recursive: true });
  return pages;
}

/** Cuts Plotly's script from 10 MB to 5, once for each version; the template reads the result. */
async function minifyPlotly(): Promise<void> {
  const minified = path.join(cache, 'build', 'plotly.min.js');
  const script = readFileSync(createRequire(__filename).resolve('plotly.js-dist'), 'utf8');
  // The first comment gives version and licence, and stays.
  const banner = script.slice(0, script.indexOf('*/') + 2);
  try {
    if (readFileSync(minified, 'utf8').startsWith(banner)) return;
  } catch {
    // Not made yet.
  }
  const { code } = await transform(script, { minify: true, legalComments: 'none' });
  writeWhole(minified, `${banner}\n${code}`);
}
