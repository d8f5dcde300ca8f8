import type { Features } from '#lib/loaders/dataset';

/** Sentences as the numbers of their words. */
export interface WordBatch {
  /** int32, shape [rows, longest], row-major. */
  readonly words: Int32Array;
  readonly rows: number;
  /** Words of the longest sentence, at least 1. */
  readonly longest: number;
}

/**
 * Rows of a bag of words as lists of words, each as often as it is counted; shorter ones are filled up
 * with the number `width`, which is no word.
 *
 * @param features sparse, as sentences are
 * @param rows row numbers, in the order wanted
 * @throws RangeError if a value isn't a count: a whole number from 0
 */
export function wordBatch(features: Features, rows: ArrayLike<number>): WordBatch {
  if (features.kind !== 'sparse') throw new TypeError('dense rows are no bags of words');
  const { width, offsets, columns, values } = features;
  const lists = Array.from(rows, (row) => {
    const list: number[] = [];
    for (let k = offsets[row]; k < offsets[row + 1]; k++) {
      if (!Number.isInteger(values[k]) || values[k] < 0) {
        throw new RangeError(
          `row ${row} has ${values[k]} in column ${columns[k]}: that is no count`,
        );
      }
      for (let n = 0; n < values[k]; n++) list.push(columns[k]);
    }
    return list;
  });
  const longest = Math.max(1, ...lists.map(({ length }) => length));
  const words = new Int32Array(rows.length * longest).fill(width);
  lists.forEach((list, i) => {
    words.set(list, i * longest);
  });
  return { words, rows: rows.length, longest };
}
