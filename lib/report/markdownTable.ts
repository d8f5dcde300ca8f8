import { grid, gridMarkdown } from '#lib/report/grid';
import type { Row } from '#lib/report/table';

/** Rows as a Markdown table, with the columns of the first. */
export function markdownTable(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0]);
  const values = rows.map((row) => columns.map((name) => row[name]));
  return gridMarkdown(grid('', columns, values));
}
