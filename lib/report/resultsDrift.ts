/** Whether a new run still gives what the published results tables say. */
import { sizeMB } from '#lib/models/cost';
import { partOf } from '#lib/report/markedPart';
import { percent, significant } from '#lib/report/numbers';
import type { Measurement } from '#lib/report/records';

/** Largest change of a size, as a share of it: the table gives three digits. */
const sizeBand = 0.005;

/** Points that trainings part by where sums are added in another order: as seeds do, in notebook 02. */
const trainingBand = 0.015;

/** A results table where readers see it. */
export interface PublishedTable {
  /** Where it stands: `README.md`, `04-dynamic-quantization`. */
  readonly place: string;
  /** Cells by column, as `recordRows` names them. */
  readonly rows: readonly Row[];
}

type Row = Readonly<Record<string, string>>;

/**
 * How the records differ from the published tables, one sentence for each difference; none if all is as
 * published. Parameters must be the same and sizes within 0.5 %. Accuracies may differ by 1.5 points, as
 * between seeds, since other CPUs add in another order and trainings part, and by two binomial standard
 * errors, 2 √(p (1 − p) / n).
 * Latencies are the machine's, and are not compared.
 *
 * @param tables of which one at least must have each record, and none a row without a record
 * @param records of the new run, on the real data
 */
export function resultsDrift(
  tables: readonly PublishedTable[],
  records: readonly Measurement[],
): string[] {
  const measured = new Map(records.map((record) => [recordName(record), record]));
  const published = new Set(tables.flatMap(({ rows }) => rows.map(rowName)));
  return [
    ...tables.flatMap(({ place, rows }) =>
      rows.flatMap((row) => {
        const record = measured.get(rowName(row));
        const found = record === undefined ? ['was not measured'] : differences(row, record);
        return found.map((difference) => `${place}, ${rowName(row)}: ${difference}`);
      }),
    ),
    ...[...measured.keys()]
      .filter((name) => !published.has(name))
      .map((name) => `${name}: was measured, but is not published`),
  ];
}

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

const recordName = ({ model, quantization, dtype }: Measurement): string =>
  [model, quantization, dtype].join(' ');
const rowName = ({ Model, Quantization, dtype }: Row): string =>
  [Model, Quantization, dtype].join(' ');

/**
 * The results table of the README.
 *
 * @param text as `withResults` writes it
 * @throws Error if the text has no such table between its markers
 */
export function readmeTable(text: string): PublishedTable {
  const lines = partOf(text, 'results')
    .split('\n')
    .filter((line) => line.startsWith('|'));
  const cells = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  if (cells.length === 0 || !isHeader(cells[0]))
    throw new Error('The README has no results table: npm run publish-results writes it.');
  const [columns, , ...rows] = cells;
  return { place: 'README.md', rows: rows.map((row) => named(columns, row)) };
}

/**
 * The results table among the tables that a notebook shows, if there is one.
 *
 * @param texts of its outputs; tables as `gridText` writes them
 */
export function notebookTable(place: string, texts: readonly string[]): PublishedTable[] {
  return texts.flatMap((text) => {
    const lines = text.split('\n');
    const rule = lines.findIndex((line) => /^-+(  -+)+$/.test(line));
    if (rule < 1) return [];
    // A cell stands where the dashes under the name of its column do.
    const columns = Array.from(lines[rule].matchAll(/-+/g), ({ index, 0: { length } }) => ({
      start: index,
      end: index + length,
    }));
    const split = (line: string): string[] =>
      columns.map(({ start, end }) => line.slice(start, end).trim());
    const header = split(lines[rule - 1]);
    if (!isHeader(header)) return [];
    return [{ place, rows: lines.slice(rule + 1).map((line) => named(header, split(line))) }];
  });
}

/** Whether these are the columns of a results table; another may begin alike. */
function isHeader(columns: readonly string[]): boolean {
  const needed = ['Model', 'Quantization', 'dtype', 'Size (MB)', 'Params', 'Accuracy (%)'];
  return needed.every((name) => columns.includes(name));
}

function named(columns: readonly string[], cells: readonly string[]): Row {
  return Object.fromEntries(columns.map((name, i) => [name, cells[i]]));
}
