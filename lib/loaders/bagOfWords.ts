import type { SparseFeatures } from '#lib/loaders/dataset';

/**
 * Counts in each sentence the words of the vocabulary: column `c` of row `r` is how often
 * `vocabulary[c]` occurs in `sentences[r]`. Other words are left out.
 *
 * @param width number of columns, at least the vocabulary's length; those beyond it stay zero
 */
export function bagOfWords(
  sentences: readonly (readonly string[])[],
  vocabulary: readonly string[],
  width: number,
): SparseFeatures {
  const columnOf = new Map(vocabulary.map((word, column) => [word, column]));
  const wordCount = sentences.reduce((sum, words) => sum + words.length, 0);
  const offsets = new Uint32Array(sentences.length + 1);
  const columns = new Uint32Array(wordCount);
  const values = new Float32Array(wordCount);
  let end = 0;
  sentences.forEach((words, row) => {
    const found: number[] = [];
    for (const word of words) {
      const column = columnOf.get(word);
      if (column !== undefined) found.push(column);
    }
    found.sort((a, b) => a - b);
    for (const column of found) {
      if (end === offsets[row] || columns[end - 1] !== column) columns[end++] = column;
      values[end - 1]++;
    }
    offsets[row + 1] = end;
  });
  return {
    kind: 'sparse',
    width,
    offsets,
    columns: columns.slice(0, end),
    values: values.slice(0, end),
  };
}
