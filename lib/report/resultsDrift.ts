/** Whether a new run still gives what the README's results table says. */
import { sizeMB } from '#lib/models/cost';
import { percent, significant } from '#lib/report/numbers';
import type { Measurement } from '#lib/report/records';

/** Largest change of a size, as a share of it: the table gives three digits. */
const sizeBand = 0.005;

/** Points that trainings part by where sums are added in another order: as seeds do, in notebook 02. */
const trainingBand = 0.015;

/**
 * How the records differ from the results table in a text, one sentence for each difference; none if
 * all is as published. Parameters must be the same and sizes within 0.5 %. Accuracies may differ by 1.5
 * points, as between seeds, since other CPUs add in another order and trainings part, and by two binomial
 * standard errors, 2 √(p (1 − p) / n).
 * Latencies are the machine's, and are not compared.
 *
 * @param text with the table, as `withResults` writes it
 * @param records of the new run, on the real data
 * @throws Error if the text has no such table
 */
export function resultsDrift(text: string, records: readonly Measurement[]): string[] {
  const published = publishedRows(text);
  const names = records.map(rowName);
  return [
    ...[...published.keys()]
      .filter((name) => !names.includes(name))
      .map((name) => `${name}: is in the README, but was not measured`),
    ...records.flatMap((record) => {
      const name = rowName(record);
      const row = published.get(name);
      const found = row === undefined ? ['is not in the README'] : differences(row, record);
      return found.map((difference) => `${name}: ${difference}`);
    }),
  ];
}

type Row = Readonly<Record<string, string>>;

function differences(row: Row, { sizeBytes, parameters, accuracy }: Measurement): string[] {
  const { correct, total } = accuracy;
  const said = Number(row['Accuracy (%)']) / 100;
  const accuracyBand = trainingBand + 2 * Math.sqrt((said * (1 - said)) / total);
  const size = Number(row['Size (MB)']);
  const check = (holds: boolean, what: string, now: string, then: string): string[] =>
    holds ? [] : [`${what} is ${now}, published is ${then}`];
  return [
    ...check(
      Math.abs(sizeMB(sizeBytes) - size) <= sizeBand * size,
      'size in MB',
      significant(sizeMB(sizeBytes), 4),
      row['Size (MB)'],
    ),
    ...check(
      parameters === Number(row.Params.replaceAll(',', '')),
      'number of parameters',
      parameters.toLocaleString('en-US'),
      row.Params,
    ),
    ...check(
      Math.abs(correct / total - said) <= accuracyBand,
      'accuracy in %',
      percent(correct, total),
      `${row['Accuracy (%)']} ± ${(100 * accuracyBand).toFixed(2)}`,
    ),
  ];
}

const rowName = ({ model, quantization, dtype }: Measurement): string =>
  [model, quantization, dtype].join(' ');

/** Rows of the Markdown table, by model, quantization and dtype. */
function publishedRows(text: string): Map<string, Row> {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  const tables = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const start = tables.findIndex(
    ([first, second]) => first === 'Model' && second === 'Quantization',
  );
  if (start < 0)
    throw new Error('The README has no results table: npm run publish-results writes it.');
  const [columns, , ...rows] = tables
    .slice(start)
    .filter(({ length }) => length === tables[start].length);
  return new Map(
    rows.map((cells) => [
      cells.slice(0, 3).join(' '),
      Object.fromEntries(columns.map((name, i) => [name, cells[i]])),
    ]),
  );
}
