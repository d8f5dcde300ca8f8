import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { drawFigures, type NamedFigure } from '#jupyter/drawFigures';
import { bundlesWith, notebookName, readNotebook, writeNotebook } from '#jupyter/notebookFile';
import { figureType, type PlotlyFigure } from '#lib/report/figure';
import { writeWhole } from '#lib/wholeFile';

const pictureType = 'image/svg+xml';

/**
 * Gives every figure of executed notebooks its picture: in the notebook beside the figure, for viewers
 * that run no script, and as `<name>.svg` in the folder for figures. Only those are drawn that have none
 * since their notebook was run. Pictures that the notebooks no longer make are removed from the folder.
 *
 * @param onPicture is told after each picture how many are done
 * @returns names of the figures
 * @throws Error if two figures have the same name
 */
export async function addPictures(
  browser: Browser,
  notebooks: readonly string[],
  folder: string,
  onPicture: (done: number, total: number) => void,
): Promise<string[]> {
  const files = notebooks.map((file) => ({ file, notebook: readNotebook(file) }));
  const places = files.flatMap(({ notebook }) => bundlesWith(notebook, figureType));
  const names = places.map((data) => named(data).name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new Error(`two figures have the name ${twice}: give one of the two plots another`);
  }
  const undrawn = places.filter((data) => !(pictureType in data));
  if (undrawn.length > 0) {
    let done = 0;
    for await (const svg of drawFigures(browser, undrawn.map(named))) {
      undrawn[done][pictureType] = svg;
      onPicture(++done, undrawn.length);
    }
    for (const { file, notebook } of files) writeNotebook(file, notebook);
  }
  mkdirSync(folder, { recursive: true });
  for (const [i, data] of places.entries()) {
    writeWhole(path.join(folder, `${names[i]}.svg`), `${data[pictureType] as string}\n`);
  }
  removeOthers(folder, notebooks, names);
  return names;
}

function named(data: Record<string, unknown>): NamedFigure {
  const figure = data[figureType] as PlotlyFigure;
  const { name, alt } = figure.layout.meta as { name: string; alt: string };
  return { name, alt, figure };
}

/** Removes the pictures of these notebooks, told by their number, that are not among `names`. */
function removeOthers(
  folder: string,
  notebooks: readonly string[],
  names: readonly string[],
): void {
  const numbers = new Set(notebooks.map((file) => notebookName(file).slice(0, 3)));
  for (const file of readdirSync(folder)) {
    const name = path.basename(file, '.svg');
    if (file.endsWith('.svg') && numbers.has(name.slice(0, 3)) && !names.includes(name)) {
      rmSync(path.join(folder, file));
    }
  }
}
