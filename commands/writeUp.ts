import { exportWriteUp, type ExportOptions } from '#jupyter/export';
import { readWriteUpSettings } from '#jupyter/writeUpSettings';
import { build } from '#setup/notebooks';

/** Exports executed notebooks to build/; returns the files of the result, the PDF apart if there is one. */
export async function writeUp(
  notebooks: readonly string[],
  {
    settings = readWriteUpSettings(),
    questions,
  }: Pick<ExportOptions, 'settings' | 'questions'> = {},
): Promise<{ files: readonly string[]; pdf?: string }> {
  const options = { notebooks, outputDirectory: build, settings, questions };
  const { pages, writeUp } = await exportWriteUp(options);
  if (settings.author === '') console.log('The title page names no author: see write-up.json.');
  const written = writeUp === undefined ? [] : [writeUp.html, writeUp.pdf];
  return { files: [...notebooks, ...pages, ...written], pdf: writeUp?.pdf };
}

/** What a command ends with that was to write a PDF and could not. */
export const noPdf = new Error(
  'There is no PDF, for want of a browser: see above. All else is written. Install Chromium, Chrome or ' +
    'Edge, then make it from what has been run: npm run pdf',
);
