import { exportWriteUp, type ExportOptions } from '#jupyter/export';
import { build } from '#setup/notebooks';

/** Exports executed notebooks to build/; returns the files of the result. */
export async function writeUp(
  notebooks: readonly string[],
  options: Pick<ExportOptions, 'settings' | 'questions'> = {},
): Promise<string[]> {
  const { pages, writeUp } = await exportWriteUp({ notebooks, outputDirectory: build, ...options });
  return [...notebooks, ...pages, ...(writeUp === undefined ? [] : [writeUp.html, writeUp.pdf])];
}
