import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';

/**
 * Finds the pages on which the link targets of a PDF stand.
 *
 * @returns page numbers, from 1, by name of the target: the `id` that the HTML had
 */
export async function targetPages(pdf: Uint8Array): Promise<Map<string, number>> {
  // pdf.js takes the bytes for itself, so it gets a copy.
  const task = getDocument({ data: new Uint8Array(pdf), verbosity: 0 });
  try {
    const document = await task.promise;
    const targets = await document.getDestinations();
    const pages = new Map<string, number>();
    for (const [name, target] of Object.entries(targets)) {
      const [page] = target as [Parameters<typeof document.getPageIndex>[0]];
      pages.set(name, (await document.getPageIndex(page)) + 1);
    }
    return pages;
  } finally {
    await task.destroy();
  }
}
