/**
 * The most frequent words, most frequent first; words of the same count in the order of their
 * UTF-16 code units, so that the same text gives the same vocabulary on any machine.
 *
 * @param sentences words of each sentence
 * @param size number of words wanted
 * @returns `size` words, or all of them if there are fewer
 */
export function mostFrequentWords(
  sentences: readonly (readonly string[])[],
  size: number | 'all',
): readonly string[] {
  const counts = new Map<string, number>();
  for (const words of sentences) {
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .slice(0, size === 'all' ? undefined : size)
    .map(([word]) => word);
}
