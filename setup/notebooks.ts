import { readdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '#setup/environment';

const folder = path.join(root, 'notebooks');

/**
 * Paths of the notebooks of the given sections, in order; of all if none is given.
 *
 * @param sections numbers (`4`, `04`) or names (`04-dynamic-quantization`) of notebooks
 * @throws Error that lists what there is, if a section has no notebook
 */
export function selectNotebooks(
  sections: readonly string[],
  names = readdirSync(folder).filter((file) => file.endsWith('.ipynb')),
): string[] {
  const sorted = [...names].sort();
  const unknown = sections.find((section) => !sorted.some((name) => matches(name, section)));
  if (unknown !== undefined) {
    throw new Error(`There is no section ${unknown}; there are:\n  ${sorted.join('\n  ')}`);
  }
  return sorted
    .filter((name) => sections.length === 0 || sections.some((section) => matches(name, section)))
    .map((name) => path.join(folder, name));
}

function matches(name: string, section: string): boolean {
  const stem = path.basename(name, '.ipynb');
  return (
    stem === path.basename(section, '.ipynb') || stem.startsWith(`${section.padStart(2, '0')}-`)
  );
}
