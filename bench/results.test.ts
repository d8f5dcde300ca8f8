import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readResults } from '#bench/results';

test('a file with something else is refused, with what is wrong and what to do', () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'bench-')), 'results.json');
  writeFileSync(file, '{"date": "today"}');
  expect(() => readResults(file)).toThrow(/a day such as 2026-01-31[^]*npm run bench -- --json/);
  writeFileSync(file, '{"date":');
  expect(() => readResults(file)).toThrow(`${file} does not hold results`);
});
