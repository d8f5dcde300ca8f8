import { expect, test, vi } from 'vitest';
import { DataFrame } from '#lib/report/dataFrame';
import { display } from '#lib/report/display';
import { table } from '#lib/report/table';

vi.mock('#lib/report/display', () => ({ display: vi.fn() }));

function shown(): string[] {
  const bundle = vi.mocked(display).mock.lastCall?.[0];
  return bundle ? bundle['text/plain'].split('\n') : [];
}

test('rows become one table, with a dash for what a row lacks', () => {
  table(
    [
      { a: 1, b: 'x' },
      { a: 2.5, c: true },
    ],
    { caption: 'Rows' },
  );
  expect(shown()).toEqual([
    'Rows',
    '',
    '    a  b  c',
    '-----  -  ----',
    '    1  x  –',
    '2.500  –  true',
  ]);
});

test('data frames are shown, those too that danfo.js makes from others', () => {
  const frame = new DataFrame([
    { a: 1, b: 'x' },
    { a: 3, b: 'y' },
  ]);
  table(frame.sortValues('a', { ascending: false }), { caption: 'Sorted' });
  expect(shown().slice(4)).toEqual(['3  y', '1  x']);
});

test('a table without rows is refused', () => {
  expect(() => {
    table([], { caption: 'Nothing' });
  }).toThrow('the table "Nothing" has no rows');
});
