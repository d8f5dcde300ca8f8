import { readFileSync } from 'node:fs';
import { markdownTable } from '#lib/report/markdownTable';
import { withPart } from '#lib/report/markedPart';
import { recordCaption, recordRows } from '#lib/report/recordRows';
import type { Measurement } from '#lib/report/records';
import { writeWhole } from '#lib/wholeFile';

/** Writes the results table of the README from the records. */
export async function updateReadme(file: string, records: readonly Measurement[]): Promise<void> {
  const text = await formatted(withResults(readFileSync(file, 'utf8'), records), file);
  writeWhole(file, text);
}

/** The text as `npm run lint` wants it in that file. */
export async function formatted(text: string, file: string): Promise<string> {
  const { format, resolveConfig } = await import('prettier'); // which only those who publish need
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}

/**
 * The text with the table of the records, and under it what they have in common, between its markers
 * `<!-- results:start -->` and `<!-- results:end -->`.
 *
 * @throws Error if there are no records, or if the text lacks a marker
 */
export function withResults(text: string, records: readonly Measurement[]): string {
  if (records.length === 0) {
    throw new Error('There are no records in build/results: make them with npm start.');
  }
  const table = [markdownTable(recordRows(records)), '', recordCaption(records)].join('\n');
  return withPart(text, 'results', table);
}
