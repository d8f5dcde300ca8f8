import { check } from 'prettier';
import { expect, test } from 'vitest';
import { exampleRecords } from '#lib/report/exampleRecords';
import { formatted, withResults } from '#lib/report/readmeResults';

const readme =
  'Above\n<!-- headline:start -->\nold\n<!-- headline:end -->\nBetween\n' +
  '<!-- results:start -->\nold\n<!-- results:end -->\nBelow\n';

test('the table takes the place of the old one, with the machine and the day under it', () => {
  const text = withResults(readme, exampleRecords);
  expect(text).toMatch(/Between\n<!-- results:start -->\n\n\| Model \| Quantization \|/);
  expect(text).toContain('| mnist | -- | float32 | 5.88 | 1,470,474 | 97.35 |');
  expect(text).toContain('Machine: Example CPU, 2 cores, 2026-01-31.');
  expect(text).toMatch(/<!-- results:end -->\nBelow\n$/);
  expect(text).not.toContain('old');
  expect(withResults(text, exampleRecords)).toBe(text);
});

test('the headline sums up int8, by the sizes, medians and answers of the records', () => {
  // 94 / 45 µs and 200 / 45; 2200 / 580 and 3700 / 580; 9731 of 10,000 for 9735
  const records = exampleRecords.map((record) =>
    record.model === 'mnist' && record.quantization === 'S'
      ? { ...record, accuracy: { correct: 9731, total: 10_000 } }
      : record,
  );
  expect(withResults(readme, records)).toContain(
    'Above\n<!-- headline:start -->\n\nIn int8 the 2 models are 4.0 times smaller than in float32 and ' +
      '2.1 to 4.4 times as fast at batch 1, 3.8 to 6.4 times as fast at batch 64; their accuracy stays ' +
      'within 0.04 points. ([Results](#results): one machine, one seed.)\n\n<!-- headline:end -->',
  );
});

test('a README without a marker, or no records, is refused with what to do', () => {
  expect(() => withResults('text', exampleRecords)).toThrow('no line <!-- results:start -->');
  expect(() => withResults(readme, [])).toThrow('make them with npm start');
  const float32 = exampleRecords.filter(({ dtype }) => dtype === 'float32');
  expect(() => withResults(readme, float32)).toThrow('No model was measured in int8');
});

test('written into the README, the table passes the check of the format', async () => {
  const text = await formatted(withResults(readme, exampleRecords), 'README.md');
  expect(await check(text, { filepath: 'README.md' })).toBe(true);
  expect(text).toMatch(/^\| mnist +\| -- +\| float32 +\| +5\.88 \| 1,470,474 \| +97\.35 \|/m);
});
