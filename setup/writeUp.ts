import { exportWriteUp, type ExportOptions } from '#jupyter/export';
import { readWriteUpSettings } from '#jupyter/writeUpSettings';
import { build } from '#setup/notebooks';

/** Exports executed notebooks to build/; returns the files of the result. */
export async function writeUp(
  notebooks: readonly string[],
  {
    settings = readWriteUpSettings(),
    questions,
  }: Pick<ExportOptions, 'settings' | 'questions'> = {},
): Promise<string[]> {
  const options = { notebooks, outputDirectory: build, settings, questions };
  const { pages, writeUp } = await exportWriteUp(options);
  if (settings.author === '') console.log('The title page names no author: see write-up.json.');
  return [...notebooks, ...pages, ...(writeUp === undefined ? [] : [writeUp.html, writeUp.pdf])];
}
