/** What a cell of a table can hold. */
export type Cell = string | number | boolean | null | undefined;

/** A table with its cells as text, ready to be written in any form. */
export interface Grid {
  readonly caption: string;
  readonly columns: readonly string[];
  /** Whether a column holds numbers, which are set flush right. */
  readonly numeric: readonly boolean[];
  readonly rows: readonly (readonly string[])[];
}

/** `97.35`, `-1,464,330`, `80.9 ± 1.3`, `−0.12 to +0.03`, `< 0.001`, `2.4 ×`, `33 %`. */
const number = /^(< )?[-−+]?\d[\d,]*(\.\d+)?( (±|to) [-−+]?\d[\d,]*(\.\d+)?)?( ?[×%])?$/;

/**
 * Sets cells as text: numbers with four significant digits, or with the decimals that `decimals`
 * names for their column; an absent value as a dash.
 *
 * @param values one array for each row, in the order of the columns
 */
export function grid(
  caption: string,
  columns: readonly string[],
  values: readonly (readonly Cell[])[],
  decimals: Readonly<Record<string, number>> = {},
): Grid {
  const unknown = Object.keys(decimals).find((name) => !columns.includes(name));
  if (unknown !== undefined) {
    throw new Error(`no column "${unknown}" in this table; it has ${columns.join(', ')}`);
  }
  const rows = values.map((row) => row.map((cell, i) => cellText(cell, decimals[columns[i]])));
  const numeric = columns.map((_, i) => {
    const numbers = rows.filter((row) => number.test(row[i])).length;
    return numbers > rows.length / 2;
  });
  return { caption, columns, numeric, rows };
}

function cellText(cell: Cell, decimals: number | undefined): string {
  if (cell === null || cell === undefined || Number.isNaN(cell)) return '–';
  if (typeof cell !== 'number') return String(cell);
  if (decimals !== undefined) {
    const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    return cell.toLocaleString('en-US', digits);
  }
  if (Number.isInteger(cell)) return cell.toLocaleString('en-US');
  const digits = { minimumSignificantDigits: 4, maximumSignificantDigits: 4 };
  return cell.toLocaleString('en-US', digits);
}

/** A name up to this long stands on one line. */
const longestName = 24;

/**
 * HTML table: caption, header cells with scope, numbers flush right with digits of one width, a rule
 * between groups of rows that begin alike.
 */
export function gridHtml({ caption, columns, numeric, rows }: Grid): string {
  const side = (i: number): string => `text-align: ${numeric[i] ? 'right' : 'left'}`;
  const digits = '; font-variant-numeric: tabular-nums; white-space: nowrap';
  const head = columns.map((name, i) => `<th scope="col" style="${side(i)}">${escape(name)}</th>`);
  const grouped = !numeric[0] && rows.some((row, r) => r > 0 && row[0] === rows[r - 1][0]);
  const body = rows.map((row, r) => {
    const begins = grouped && r > 0 && row[0] !== rows[r - 1][0];
    const cells = row.map((cell, i) => {
      const whole = i === 0 && cell.length <= longestName ? '; white-space: nowrap' : '';
      const rule = begins ? '; border-top: 1px solid #bbb' : '';
      const style = `${side(i)}${numeric[i] ? digits : whole}${rule}`;
      return i === 0 && !numeric[0]
        ? `<th scope="row" style="${style}">${escape(cell)}</th>`
        : `<td style="${style}">${escape(cell)}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return [
    '<table>',
    `<caption style="text-align: left">${escape(caption)}</caption>`,
    `<thead><tr>${head.join('')}</tr></thead>`,
    `<tbody>${body.join('\n')}</tbody>`,
    '</table>',
  ].join('\n');
}

/** Lines of text with aligned columns, under the caption. */
export function gridText({ caption, columns, numeric, rows }: Grid): string {
  const lines = [columns, ...rows];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  const pad = (line: readonly string[]): string =>
    line
      .map((cell, i) => (numeric[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [caption, '', pad(columns), rule, ...rows.map(pad)].join('\n');
}

/** Markdown table, without the caption. */
export function gridMarkdown({ columns, numeric, rows }: Grid): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = line(numeric.map((right) => (right ? '--:' : ':--')));
  return [line(columns), rule, ...rows.map(line)].join('\n');
}

/** Text as HTML shows it, in elements and in attributes. */
export function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
