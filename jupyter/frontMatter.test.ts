import { expect, test } from 'vitest';
import { indexed } from '#jupyter/frontMatter';

test('the index lists notebooks, questions and the extra credit', () => {
  const headings = [
    { id: 'a', level: 1, text: '6 · Benchmarking dynamic quantization' },
    { id: 'b', level: 2, text: 'Q12 · Which observer' },
    { id: 'c', level: 2, text: 'Extra credit · Where the time goes' },
    { id: 'd', level: 2, text: 'Discussion · Dynamic against static' },
  ];
  expect(indexed(headings).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
});
