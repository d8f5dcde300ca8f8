/** What the write-up opens with: title, where the numbers come from, and the index from question to page. */
import { questionsOf } from '#jupyter/questions';
import { escape } from '#lib/report/grid';
import { generatedWarning, provenanceTerms, type Provenance } from '#lib/report/provenance';

/** A heading of the write-up. */
export interface Heading {
  readonly id: string;
  /** 1 opens a notebook. */
  readonly level: number;
  readonly text: string;
}

export interface FrontMatter {
  /** Who hands it in, and for which course; '' if not named. */
  readonly author: string;
  readonly course: string;
  /** `2026-01-31`. */
  readonly date: string;
  readonly sources: readonly Provenance[];
  readonly headings: readonly Heading[];
}

/**
 * The headings that the index lists: those that open a notebook, and those that name a question or the
 * extra credit.
 */
export function indexed(headings: readonly Heading[]): Heading[] {
  return headings.filter(({ level, text }) => level === 1 || questionsOf(text).length > 0);
}

/** HTML; the page numbers of the index are left open, in elements with `data-page-of`. */
export function frontMatter({ author, course, date, sources, headings }: FrontMatter): string {
  const warning = generatedWarning(sources);
  const rows = indexed(headings).map(
    ({ id, level, text }) =>
      `<tr class="level${level}"><th scope="row"><a href="#${id}">${escape(text)}</a></th>` +
      `<td data-page-of="${id}"></td></tr>`,
  );
  const terms = provenanceTerms(sources).map(
    ([term, items]) => `<dt>${term}</dt><dd>${escape(items.join('; '))}</dd>`,
  );
  const lines = [author, course, date].filter((line) => line !== '');
  return `
<header class="front">
<h1 class="title">Quantization</h1>
<p>Write-up of the on-device machine-learning lab</p>
<p>${lines.map(escape).join('<br>')}</p>
${warning && `<p role="note" class="loud"><strong>${escape(warning)}</strong></p>`}
<section>
<h2>Where the numbers come from</h2>
<dl>${terms.join('\n')}</dl>
</section>
<nav aria-labelledby="index">
<h2 id="index">Questions</h2>
<table>
<thead><tr><th scope="col">Question</th><th scope="col">Page</th></tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table>
</nav>
</header>`;
}
