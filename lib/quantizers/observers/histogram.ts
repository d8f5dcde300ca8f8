import type { ValueRange } from '#lib/mapping/valueRange';

/** How many values lie in each of the bins between neighbouring edges, and the range of all values. */
export interface Histogram extends ValueRange {
  readonly counts: readonly number[];
  /** Ascending, one more than `counts`. */
  readonly edges: ArrayLike<number>;
}

/**
 * The histogram of `numpy.histogram` (NumPy 2) for float32 values: edges, bin indices and all
 * intermediate results are float32 numbers, so that its counts are NumPy's to the last one.
 *
 * @param range from the first edge to the last one, float32 numbers. An empty one is widened by 0.5
 *   on both sides.
 * @throws RangeError if the width of the range overflows float32, or the edges would not be distinct
 */
export function numpyHistogram(
  values: Float32Array,
  bins: number,
  range: ValueRange,
): Omit<Histogram, keyof ValueRange> {
  const widening = range.min === range.max ? 0.5 : 0;
  const first = Math.fround(range.min - widening);
  const last = Math.fround(range.max + widening);
  const width = Math.fround(last - first);
  const step = Math.fround(width / bins);
  const edges = Float32Array.from({ length: bins + 1 }, (_, i) => Math.fround(i * step) + first);
  edges[bins] = last;
  if (width === Infinity || edges.some((edge, i) => i > 0 && edge <= edges[i - 1])) {
    throw new RangeError(`can't cut the range from ${first} to ${last} into ${bins} bins`);
  }
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    if (value < first || value > last) continue;
    const share = Math.fround(Math.fround(value - first) / width);
    let bin = Math.min(Math.trunc(Math.fround(share * bins)), bins - 1);
    if (value < edges[bin]) bin--;
    if (value >= edges[bin + 1] && bin !== bins - 1) bin++;
    counts[bin]++;
  }
  return { counts, edges };
}
