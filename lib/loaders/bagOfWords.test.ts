import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bagOfWords } from '#lib/loaders/bagOfWords';
import { denseBatch, rowCount, rowRange } from '#lib/loaders/dataset';

describe('bagOfWords', () => {
  it('counts the words of the vocabulary and leaves out the others', () => {
    const bag = bagOfWords([['good', 'x', 'a', 'good'], [], ['a']], ['a', 'good'], 3);
    expect([...bag.offsets]).toEqual([0, 2, 2, 3]);
    expect([...bag.columns]).toEqual([0, 1, 0]);
    expect([...bag.values]).toEqual([1, 2, 1]);
    expect(bag.width).toBe(3);
  });

  it('equals a dense count, for any sentences', () => {
    const word = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'constructor', '__proto__');
    const vocabularies = fc.uniqueArray(word, { minLength: 1 });
    fc.assert(
      fc.property(
        fc.array(fc.array(word)),
        vocabularies,
        fc.nat(3),
        (sentences, vocabulary, spare) => {
          const width = vocabulary.length + spare;
          const bag = bagOfWords(sentences, vocabulary, width);
          const naive = sentences.flatMap((words) =>
            Array.from(
              { length: width },
              (_, c) => words.filter((w) => w === vocabulary[c]).length,
            ),
          );
          expect(rowCount(bag)).toBe(sentences.length);
          expect([...denseBatch(bag, rowRange(0, sentences.length))]).toEqual(naive);
          expect(bag.columns).toHaveLength(bag.offsets[sentences.length]);
          sentences.forEach((_, row) => {
            const columns = [...bag.columns.subarray(bag.offsets[row], bag.offsets[row + 1])];
            expect(columns).toEqual([...new Set(columns)].sort((a, b) => a - b));
          });
        },
      ),
    );
  });
});
