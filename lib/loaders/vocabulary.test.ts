import { describe, expect, it } from 'vitest';
import { mostFrequentWords } from '#lib/loaders/vocabulary';

describe('mostFrequentWords', () => {
  const sentences = [
    ['b', 'a', 'c', 'b'],
    ['Z', 'c', 'b'],
    ['é', 'a'],
  ];

  it('orders by count, then by code unit', () => {
    expect(mostFrequentWords(sentences, 5)).toEqual(['b', 'a', 'c', 'Z', 'é']);
    expect(mostFrequentWords(sentences.toReversed(), 5)).toEqual(['b', 'a', 'c', 'Z', 'é']);
  });

  it('cuts at the size, and gives all words if there are fewer', () => {
    expect(mostFrequentWords(sentences, 2)).toEqual(['b', 'a']);
    expect(mostFrequentWords(sentences, 9)).toHaveLength(5);
    expect(mostFrequentWords(sentences, 'all')).toEqual(['b', 'a', 'c', 'Z', 'é']);
  });
});
