import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readmeTable } from '#lib/report/resultsDrift';
import { root } from '#setup/environment';
import { notebookTables } from '#commands/publishedTables';

test('the published notebooks and the README have the same rows of results', () => {
  const { rows } = readmeTable(readFileSync(path.join(root, 'README.md'), 'utf8'));
  const compared = ['Model', 'Quantization', 'dtype', 'Size (MB)', 'Params', 'Accuracy (%)'];
  const of = (row: Readonly<Record<string, string>>): string =>
    compared.map((name) => row[name]).join(' ');
  const tables = notebookTables(path.join(root, 'notebooks'));
  expect(tables.map(({ place, rows }) => [place, rows.length])).toEqual([
    ['02-models-and-baselines', 4],
    ['04-dynamic-quantization', 16],
    ['05-static-quantization', 20],
  ]);
  expect(rows).toHaveLength(20);
  for (const table of tables)
    expect(rows.map(of)).toEqual(expect.arrayContaining(table.rows.map(of)));
});
