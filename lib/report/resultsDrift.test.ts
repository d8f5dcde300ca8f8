import { expect, test } from 'vitest';
import { exampleRecords } from '#lib/report/exampleRecords';
import { grid, gridText } from '#lib/report/grid';
import { withResults } from '#lib/report/readmeResults';
import { recordRows } from '#lib/report/recordRows';
import { notebookTable, readmeTable, resultsDrift } from '#lib/report/resultsDrift';

const readme = readmeTable(`| To | do |
| -- | -- |
| run | npm start |
${withResults(
  '<!-- headline:start --><!-- headline:end --><!-- results:start --><!-- results:end -->',
  exampleRecords,
)}
| As | many | columns | as | the | results | of | all | models | have |
| -- | ---- | ------- | -- | --- | ------- | -- | --- | ------ | ---- |
| 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 |
`);
const [first, ...others] = exampleRecords;

/** What a notebook's output says of the records. */
function shown(records: typeof exampleRecords): string {
  const rows = recordRows(records);
  const columns = Object.keys(rows[0]);
  const cells = rows.map((row) => columns.map((name) => row[name]));
  return gridText(grid('A caption -- with dashes', columns, cells));
}

test('the records that a table was written from have not drifted', () => {
  expect(readme.rows).toHaveLength(exampleRecords.length);
  expect(resultsDrift([readme], exampleRecords)).toEqual([]);
});

test('a change beyond what another CPU makes is told, row by row', () => {
  const { correct, total } = first.accuracy;
  // 1.5 points, and two standard errors of 97.35 % on 10,000 examples, which are 0.32.
  const near = { ...first, accuracy: { total, correct: correct - 181 } };
  expect(resultsDrift([readme], [near, ...others])).toEqual([]);
  const far = {
    ...first,
    accuracy: { total, correct: correct - 184 },
    parameters: first.parameters + 1,
    sizeBytes: Math.round(first.sizeBytes * 1.01),
  };
  expect(resultsDrift([readme], [far, ...others])).toEqual([
    'README.md, mnist -- float32: size in MB is 5.943, published is 5.88',
    'README.md, mnist -- float32: number of parameters is 1,470,475, published is 1,470,474',
    'README.md, mnist -- float32: accuracy in % is 95.51, published is 97.35 ± 1.82',
  ]);
});

test('rows that are missing on either side are told', () => {
  expect(resultsDrift([readme], others)).toEqual(['README.md, mnist -- float32: was not measured']);
  expect(resultsDrift([readme], [...exampleRecords, { ...first, model: 'mine' }])).toEqual([
    'mine -- float32: was measured, but is not published',
  ]);
});

test('a notebook says the same of the records as the README, if only of some', () => {
  const texts = ['Bits  SQNR\n----  ----\n   8  40.1', 'no table', shown([first])];
  const [table, ...more] = notebookTable('02-models', texts);
  expect(more).toEqual([]);
  expect(table.rows).toEqual(readme.rows.slice(0, 1));
  expect(resultsDrift([readme, table], exampleRecords)).toEqual([]);
  const other = notebookTable('02-models', [shown([{ ...first, parameters: 7 }])]);
  expect(resultsDrift([readme, ...other], exampleRecords)).toEqual([
    '02-models, mnist -- float32: number of parameters is 1,470,474, published is 7',
  ]);
});

test('a README without a table is refused with what to do', () => {
  expect(() => readmeTable('text')).toThrow('no line <!-- results:start -->');
  expect(() => readmeTable('<!-- results:start --><!-- results:end -->')).toThrow(
    'npm run publish-results',
  );
});
