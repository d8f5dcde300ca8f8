import { exportWriteUp } from '#jupyter/export';
import { build } from '#setup/notebooks';

/** Exports executed notebooks to build/; returns the files of the result. */
export async function writeUp(notebooks: readonly string[]): Promise<string[]> {
  const { pages, pdf } = await exportWriteUp({ notebooks, outputDirectory: build });
  return [...notebooks, ...pages, ...(pdf === undefined ? [] : [pdf])];
}
