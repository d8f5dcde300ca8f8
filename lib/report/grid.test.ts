import { expect, test } from 'vitest';
import { grid, gridHtml, gridMarkdown, gridText } from '#lib/report/grid';

const cells = grid(
  'Models & sizes',
  ['Model', 'Size (MB)', 'Latency (µs)', 'Params'],
  [
    ['<mnist>', 5.884, '80.9 ± 1.3', 1_470_474],
    ['sst|2', 11.3, 'not measured', null],
    ['b', NaN, '1,240 ± 20', 12],
  ],
  { 'Size (MB)': 2 },
);

test('numbers are set with the digits asked for, flush right where most of a column is numbers', () => {
  expect(gridText(cells).split('\n')).toEqual([
    'Models & sizes',
    '',
    'Model    Size (MB)  Latency (µs)     Params',
    '-------  ---------  ------------  ---------',
    '<mnist>       5.88    80.9 ± 1.3  1,470,474',
    'sst|2        11.30  not measured          –',
    'b                –    1,240 ± 20         12',
  ]);
});

test('HTML escapes text and names what each header is for', () => {
  const html = gridHtml(cells);
  expect(html).toContain('Models &#38; sizes</caption>');
  expect(html).toContain(
    '<th scope="row" style="text-align: left; white-space: nowrap">&#60;mnist&#62;</th>',
  );
  expect(html).toContain('<th scope="col" style="text-align: right">Params</th>');
  expect(html).toMatch(/<td style="text-align: right[^"]*">1,470,474<\/td>/);
  expect(html).not.toContain('<mnist>');
});

test('rows that begin alike are a group, parted from the next by a rule', () => {
  const rules = (names: string[]): boolean[] =>
    gridHtml(
      grid(
        '',
        ['Model', 'Bits'],
        names.map((name) => [name, 8]),
      ),
    )
      .split('<tr>')
      .slice(2)
      .map((row) => row.includes('border-top'));
  expect(rules(['a', 'a', 'b', 'b'])).toEqual([false, false, true, false]);
  expect(rules(['a', 'b', 'c'])).toEqual([false, false, false]);
});

test('intervals and bounds are numbers', () => {
  const { numeric } = grid('', ['Interval', 'p'], [['−0.12 to +0.03', '< 0.001']]);
  expect(numeric).toEqual([true, true]);
});

test('Markdown keeps its columns whatever a cell holds', () => {
  expect(gridMarkdown(cells).split('\n')).toEqual([
    '| Model | Size (MB) | Latency (µs) | Params |',
    '| :-- | --: | --: | --: |',
    '| <mnist> | 5.88 | 80.9 ± 1.3 | 1,470,474 |',
    '| sst\\|2 | 11.30 | not measured | – |',
    '| b | – | 1,240 ± 20 | 12 |',
  ]);
});

test('a column of names with a dash in it is not taken for numbers', () => {
  const { numeric } = grid(
    '',
    ['Quantization', 'Layer'],
    [
      ['--', 'layer1'],
      ['D', 'layer2'],
    ],
  );
  expect(numeric).toEqual([false, false]);
});

test('digits for a column that is not there are refused', () => {
  expect(() => grid('', ['Size'], [[1]], { size: 2 })).toThrow('no column "size" in this table');
});
