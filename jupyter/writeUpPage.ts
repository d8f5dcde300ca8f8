/** What the write-up does inside the page that it prints: each function runs alone, in the browser. */
import type { Heading } from '#jupyter/frontMatter';

/** The little of the page that is used here; the compiler's types would let all files use it. */
declare const document: {
  readonly documentElement: Element;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element>;
};
interface Element {
  id: string;
  textContent: string;
  readonly outerHTML: string;
  readonly tagName: string;
  readonly offsetWidth: number;
  readonly offsetHeight: number;
  readonly clientWidth: number;
  readonly parentElement: Element;
  readonly style: { fontSize: string };
  append(...children: Element[]): void;
  cloneNode(deep: true): Element;
  insertAdjacentHTML(where: 'afterbegin' | 'beforebegin' | 'beforeend', html: string): void;
  querySelectorAll(selector: string): Iterable<Element>;
  remove(): void;
  removeAttribute(name: string): void;
}
declare function getComputedStyle(element: Element): { readonly fontSize: string };
declare const MathJax: { readonly startup: { readonly promise: Promise<void> } };

export async function typesetMath(): Promise<void> {
  await MathJax.startup.promise;
}

/** Gives headings ids of their own, as those of two notebooks may be alike. */
export function uniqueHeadings(): Heading[] {
  document.querySelector('.front')?.remove();
  return [...document.querySelectorAll('h1, h2, h3')].map((heading, i) => {
    heading.id = `heading-${i + 1}`;
    return { id: heading.id, level: Number(heading.tagName[1]), text: heading.textContent };
  });
}

export function insertFront(html: string): void {
  document.querySelector('main')?.insertAdjacentHTML('afterbegin', html);
}

export function removeCode(): void {
  for (const code of document.querySelectorAll('.code')) code.remove();
}

/** Moves code to an appendix; its number and page stand where it stood. */
export function moveCode(): void {
  const main = document.querySelector('main');
  main?.insertAdjacentHTML('beforeend', '<h1>Appendix · Code</h1>');
  let number = 0;
  for (const part of [...document.querySelectorAll('.code')]) {
    const id = `code-${++number}`;
    part.insertAdjacentHTML(
      'beforebegin',
      `<p class="listing"><a href="#${id}">Code ${number}, page <span data-page-of="${id}">000</span></a></p>`,
    );
    main?.insertAdjacentHTML('beforeend', `<p class="listing" id="${id}">Code ${number}</p>`);
    main?.append(part);
  }
}

/** The page as HTML to be read on a screen: without scripts, with folded code, without page numbers. */
export function readingPage(): string {
  const page = document.documentElement.cloneNode(true);
  for (const script of page.querySelectorAll('script')) script.remove();
  for (const code of page.querySelectorAll('.code')) code.removeAttribute('open');
  for (const cell of page.querySelectorAll('.front nav tr > :last-child')) cell.remove();
  return `<!DOCTYPE html>\n${page.outerHTML}\n`;
}

/**
 * Sets tables that are wider than the page in smaller type, so that no column is cut off, and those that
 * are a little longer, so that they stay on one page.
 */
export function fitTables(): void {
  const pageHeight = 890; // in px: of A4 less the margins of page.css and room for a heading
  const smallest = 0.7;
  for (const table of document.querySelectorAll('table')) {
    const width = table.parentElement.clientWidth / table.offsetWidth;
    const height = Math.max(pageHeight / table.offsetHeight, smallest);
    const share = Math.min(width, height);
    const size = parseFloat(getComputedStyle(table).fontSize);
    if (share < 1) table.style.fontSize = `${size * share}px`;
  }
}

export function insertPageNumbers(pages: [string, number][]): void {
  for (const [id, number] of pages) {
    const cell = document.querySelector(`[data-page-of="${id}"]`);
    if (cell) cell.textContent = String(number);
  }
}
