import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readWriteUpSettings } from '#jupyter/writeUpSettings';

const folder = mkdtempSync(path.join(tmpdir(), 'settings-'));
const file = path.join(folder, 'write-up.json');

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const read = (text: string): unknown => {
  writeFileSync(file, text);
  return readWriteUpSettings(file);
};

test('what is left out has a default, as has a file that is not there', () => {
  const defaults = { author: '', course: '', code: 'inline' };
  expect(readWriteUpSettings(path.join(folder, 'none.json'))).toEqual(defaults);
  expect(read('{ "course": "Course", "date": "2026-01-31", "code": "appendix" }')).toEqual({
    author: '',
    course: 'Course',
    date: '2026-01-31',
    code: 'appendix',
  });
});

test.each([
  ['{ "autor": "me" }', 'autor'],
  ['{ "code": "folded" }', '"inline"|"appendix"|"none"'],
  ['{ "date": "31.1." }', 'a day such as 2026-01-31'],
  ['{ "author": ', 'JSON'],
])('%s is refused by name', (text, reason) => {
  expect(() => read(text)).toThrow(/^write-up\.json can't be read/);
  expect(() => read(text)).toThrow(reason);
});

test("the repository's own file can be read", () => {
  expect(readWriteUpSettings()).toHaveProperty('code');
});
