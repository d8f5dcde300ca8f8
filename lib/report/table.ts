import { DataFrame } from '#lib/report/dataFrame';
import { display } from '#lib/report/display';
import { grid, gridHtml, gridText, type Cell } from '#lib/report/grid';

/** One row: column title to cell. */
export type Row = Readonly<Record<string, Cell>>;

/** A danfo.js data frame, made by hand or derived from another. */
export interface Frame {
  readonly columns: readonly string[];
  readonly values: unknown;
}

export interface TableOptions {
  /** What the table shows, with the data and units that its columns don't name. */
  readonly caption: string;
  /** Digits after the point, by column; other numbers get four significant digits. */
  readonly decimals?: Readonly<Record<string, number>>;
}

/**
 * Shows a danfo.js data frame as a table: HTML in a notebook, aligned text elsewhere. Rows are made
 * into a data frame first; a cell that a row lacks is shown as a dash.
 *
 * @throws Error if there are no rows
 */
export function table(data: Frame | readonly Row[], { caption, decimals }: TableOptions): void {
  const frame: Frame = 'columns' in data ? data : new DataFrame(complete(data, caption));
  const cells = grid(caption, frame.columns, frame.values as Cell[][], decimals);
  display({ 'text/html': gridHtml(cells), 'text/plain': gridText(cells) });
}

/** The rows with the same keys in the same order: danfo.js takes the columns from the first row. */
function complete(rows: readonly Row[], caption: string): Row[] {
  if (rows.length === 0) throw new Error(`the table "${caption}" has no rows`);
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return rows.map((row) => Object.fromEntries(columns.map((name) => [name, row[name] ?? null])));
}
