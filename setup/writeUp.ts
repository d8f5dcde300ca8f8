import { exportWriteUp } from '#jupyter/export';
import { build } from '#setup/notebooks';

/** Exports executed notebooks to build/; returns the files of the result, the PDF apart if there is one. */
export async function writeUp(
  notebooks: readonly string[],
): Promise<{ files: readonly string[]; pdf?: string }> {
  const { pages, pdf } = await exportWriteUp({ notebooks, outputDirectory: build });
  return { files: [...notebooks, ...pages, ...(pdf === undefined ? [] : [pdf])], pdf };
}

/** What a command ends with that was to write a PDF and could not. */
export const noPdf = new Error(
  'There is no PDF, for want of a browser: see above. All else is written. Install Chromium, Chrome or ' +
    'Edge, then make it from what has been run: npm run pdf',
);
