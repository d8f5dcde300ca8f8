/** What is read of a printed PDF. */
import { getDocument, type PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';

/**
 * Finds the pages on which the link targets of a PDF stand.
 *
 * @returns page numbers, from 1, by name of the target: the `id` that the HTML had
 */
export function targetPages(pdf: Uint8Array): Promise<Map<string, number>> {
  return openPdf(pdf, async (document) => {
    const targets = await document.getDestinations();
    const pages = new Map<string, number>();
    for (const [name, target] of Object.entries(targets)) {
      const [page] = target as [Parameters<typeof document.getPageIndex>[0]];
      pages.set(name, (await document.getPageIndex(page)) + 1);
    }
    return pages;
  });
}

/** Text of each page. */
export function pageTexts(pdf: Uint8Array): Promise<string[]> {
  return openPdf(pdf, async (document) => {
    const texts: string[] = [];
    for (let number = 1; number <= document.numPages; number++) {
      const { items } = await (await document.getPage(number)).getTextContent();
      texts.push(items.map((item) => ('str' in item ? item.str : '')).join(' '));
    }
    return texts;
  });
}

/** Gives the document to `use`, and closes it after. */
export async function openPdf<Result>(
  pdf: Uint8Array,
  use: (document: PDFDocumentProxy) => Promise<Result>,
): Promise<Result> {
  // pdf.js takes the bytes for itself, so it gets a copy.
  const task = getDocument({ data: new Uint8Array(pdf), verbosity: 0 });
  try {
    return await use(await task.promise);
  } finally {
    await task.destroy();
  }
}
