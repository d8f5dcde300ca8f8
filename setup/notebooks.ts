/** The lab's notebooks, and what is made of them. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '#setup/environment';

/** Where everything made goes. */
export const build = path.join(root, 'build');

/** Executed notebooks. */
export const executed = path.join(build, 'notebooks');

/** Names of the lab's notebooks, in order. */
export function notebookNames(): string[] {
  return readdirSync(path.join(root, 'notebooks'))
    .filter((file) => file.endsWith('.ipynb'))
    .sort();
}

/**
 * The notebooks of the given sections, in order; all if none is given.
 *
 * @param sections numbers (`4`, `04`) or names (`04-dynamic-quantization`) of notebooks
 * @param names of all notebooks
 * @throws Error that lists what there is, if a section has no notebook
 */
export function selectNotebooks(
  sections: readonly string[],
  names: readonly string[] = notebookNames(),
): string[] {
  const unknown = sections.find((section) => !names.some((name) => matches(name, section)));
  if (unknown !== undefined) {
    throw new Error(`There is no section ${unknown}; there are:\n  ${names.join('\n  ')}`);
  }
  return names.filter(
    (name) => sections.length === 0 || sections.some((section) => matches(name, section)),
  );
}

/**
 * What `npm start` does: the notebooks that it runs, and those that it exports then. These are all that
 * have been run, so that one section run again does not cut the write-up short.
 *
 * @param sections as in {@link selectNotebooks}
 * @param names of all notebooks
 * @param hasRun whether a notebook has been executed before
 */
export function startPlan(
  sections: readonly string[],
  names: readonly string[] = notebookNames(),
  hasRun = (name: string): boolean => existsSync(path.join(executed, name)),
): { run: readonly string[]; exported: readonly string[] } {
  const run = selectNotebooks(sections, names);
  return { run, exported: names.filter((name) => run.includes(name) || hasRun(name)) };
}

/** Those of the notebooks that have been executed, as paths. */
export function executedNotebooks(names: readonly string[]): string[] {
  return names.map((name) => path.join(executed, name)).filter((file) => existsSync(file));
}

function matches(name: string, section: string): boolean {
  const stem = path.basename(name, '.ipynb');
  return (
    stem === path.basename(section, '.ipynb') || stem.startsWith(`${section.padStart(2, '0')}-`)
  );
}
