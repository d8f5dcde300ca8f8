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
