/** What the write-up opens with: title, data, index from question to page, and where numbers come from. */
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
  /** Who hands it in. */
  readonly author?: string;
  /** Day of the export, `2026-01-31`. */
  readonly date: string;
  readonly sources: readonly Provenance[];
  readonly headings: readonly Heading[];
}

/**
 * The headings that the index lists: those that open a notebook, and those that name a question or the
 * extra credit.
 */
export function indexed(headings: readonly Heading[]): Heading[] {
  return headings.filter(({ level, text }) => level === 1 || /^(Q\d|Extra credit)/.test(text));
}

/** HTML; the page numbers of the index are left open, in elements with `data-page-of`. */
export function frontMatter({ author, date, sources, headings }: FrontMatter): string {
  const warning = generatedWarning(sources);
  const rows = indexed(headings).map(
    ({ id, level, text }) =>
      `<tr class="level${level}"><th scope="row"><a href="#${id}">${escape(text)}</a></th>` +
      `<td data-page-of="${id}"></td></tr>`,
  );
  const terms = provenanceTerms(sources).map(
    ([term, items]) => `<dt>${term}</dt><dd>${escape(items.join('; '))}</dd>`,
  );
  return `
<header class="front">
<p class="title">Quantization</p>
<p>Write-up of the on-device machine-learning lab</p>
<p>${[author, date]
    .filter((part) => part !== undefined)
    .map(escape)
    .join(' · ')}</p>
${warning && `<p role="note" class="loud"><strong>${escape(warning)}</strong></p>`}
<nav aria-labelledby="index">
<h2 id="index">Questions</h2>
<table>
<thead><tr><th scope="col">Question</th><th scope="col">Page</th></tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table>
</nav>
<section>
<h2>Where the numbers come from</h2>
<dl>${terms.join('\n')}</dl>
</section>
</header>`;
}
