import { check } from 'prettier';
import { expect, test } from 'vitest';
import { exampleRecords } from '#lib/report/exampleRecords';
import { formatted, withResults } from '#lib/report/readmeResults';

const readme = 'Above\n<!-- results:start -->\nold\n<!-- results:end -->\nBelow\n';

test('the table takes the place of the old one, with the machine and the day under it', () => {
  const text = withResults(readme, exampleRecords);
  expect(text).toMatch(/^Above\n<!-- results:start -->\n\n\| Model \| Quantization \|/);
  expect(text).toContain('| mnist | -- | float32 | 5.88 | 1,470,474 | 97.35 |');
  expect(text).toContain('Machine: Example CPU, 2 cores, 2026-01-31.');
  expect(text).toMatch(/<!-- results:end -->\nBelow\n$/);
  expect(text).not.toContain('old');
  expect(withResults(text, exampleRecords)).toBe(text);
});

test('a README without a marker, or no records, is refused with what to do', () => {
  expect(() => withResults('text', exampleRecords)).toThrow('no line <!-- results:start -->');
  expect(() => withResults(readme, [])).toThrow('make them with npm start');
});

test('written into the README, the table passes the check of the format', async () => {
  const text = await formatted(withResults(readme, exampleRecords), 'README.md');
  expect(await check(text, { filepath: 'README.md' })).toBe(true);
  expect(text).toMatch(/^\| mnist +\| -- +\| float32 +\| +5\.88 \| 1,470,474 \| +97\.35 \|/m);
});
