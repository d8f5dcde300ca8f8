import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exampleRecords } from '#lib/report/exampleRecords';
import { withResults } from '#lib/report/readmeResults';
import { resultsDrift } from '#lib/report/resultsDrift';

const readme = `| To | do |
| -- | -- |
| run | npm start |
${withResults('<!-- results:start -->\n<!-- results:end -->', exampleRecords)}`;
const [first, ...others] = exampleRecords;

test('the records that a table was written from have not drifted', () => {
  expect(resultsDrift(readme, exampleRecords)).toEqual([]);
});

test('a change beyond what another CPU makes is told, row by row', () => {
  const { correct, total } = first.accuracy;
  // 1.5 points, and two standard errors of 97.35 % on 10,000 examples, which are 0.32.
  const near = { ...first, accuracy: { total, correct: correct - 181 } };
  expect(resultsDrift(readme, [near, ...others])).toEqual([]);
  const far = {
    ...first,
    accuracy: { total, correct: correct - 184 },
    parameters: first.parameters + 1,
    sizeBytes: Math.round(first.sizeBytes * 1.01),
  };
  expect(resultsDrift(readme, [far, ...others])).toEqual([
    'mnist -- float32: size in MB is 5.943, published is 5.88',
    'mnist -- float32: number of parameters is 1,470,475, published is 1,470,474',
    'mnist -- float32: accuracy in % is 95.51, published is 97.35 ± 1.82',
  ]);
});

test('rows that are missing on either side are told', () => {
  expect(resultsDrift(readme, others)).toEqual([
    'mnist -- float32: is in the README, but was not measured',
  ]);
  expect(resultsDrift(readme, [...exampleRecords, { ...first, model: 'mine' }])).toEqual([
    'mine -- float32: is not in the README',
  ]);
});

test("the README's own table can be read", () => {
  const drift = resultsDrift(readFileSync('README.md', 'utf8'), []);
  expect(drift).toContain('mnist D qint8: is in the README, but was not measured');
  expect(() => resultsDrift('text', [])).toThrow('npm run publish-results');
});
