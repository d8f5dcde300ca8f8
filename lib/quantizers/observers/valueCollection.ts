import { z } from 'zod';
import { numpyHistogram, type Histogram } from '#lib/quantizers/observers/histogram';
import { minMax, type ValueRange } from '#lib/mapping/valueRange';
import {
  addValues,
  binned,
  mergeHistograms,
  streamingHistogramSchema,
} from '#lib/quantizers/observers/streamingHistogram';

export const seenValuesSchema = z.union([
  streamingHistogramSchema,
  z.object({ values: z.array(z.number()) }),
]);

/** What an observer keeps of the values: their histogram, or all of them. */
export type SeenValues = z.infer<typeof seenValuesSchema>;

/**
 * How values get into bins.
 *
 * - `streaming`: batch by batch, in bounded memory. Neither the order of batches matters, nor how they
 *   are shared out among observers that are merged.
 * - `onnxruntime`: all values are kept until the range is asked for, and then put into bins of
 *   `numpy.histogram`, as the calibrators of ONNX Runtime do: the range is theirs to the bit. It needs
 *   as much memory as there are values.
 */
export type Binning = 'streaming' | 'onnxruntime';

export interface BinningOptions {
  readonly bins: number;
  readonly binning: Binning;
}

/** @throws RangeError if bins can't be made as asked */
export function checkBins({ bins, binning }: BinningOptions): void {
  const isPossible =
    binning === 'streaming' ? bins >= 4 && Number.isInteger(Math.log2(bins)) : bins >= 1;
  if (!Number.isInteger(bins) || !isPossible) {
    throw new RangeError(
      binning === 'streaming'
        ? `bins must be a power of two from 4 on, not ${bins}`
        : `bins must be a positive whole number, not ${bins}`,
    );
  }
}

export function addSeen(
  seen: SeenValues | undefined,
  values: Float32Array,
  range: ValueRange,
  { bins, binning }: BinningOptions,
): SeenValues {
  if (binning === 'streaming') {
    return addValues(seen && 'counts' in seen ? seen : undefined, values, range, bins);
  }
  const kept = seen && 'values' in seen ? seen.values : [];
  for (const value of values) kept.push(value + 0); // + 0: JSON has no negative zero
  return { values: kept };
}

export function mergeSeen(a: SeenValues, b: SeenValues): SeenValues {
  if ('counts' in a && 'counts' in b) return mergeHistograms(a, b);
  if ('values' in a && 'values' in b) return { values: [...a.values, ...b.values] };
  throw new Error('a histogram and single values were seen: they were binned in different ways');
}

/**
 * The histogram of values around 0.
 *
 * @param atLeast bins to have even where there are no values
 */
export function histogramOf(seen: SeenValues, bins: number, atLeast = 2): Histogram {
  if ('counts' in seen) return binned(seen, atLeast);
  const values = Float32Array.from(seen.values);
  const { min, max } = minMax(values);
  const threshold = Math.max(Math.abs(min), Math.abs(max));
  return { min, max, ...numpyHistogram(values, bins, { min: -threshold, max: threshold }) };
}

/** The histogram of the magnitudes of values; `min` and `max` are still those of the values. */
export function magnitudesOf(seen: SeenValues, bins: number): Histogram {
  if ('counts' in seen) {
    const { counts, edges, min, max } = binned(seen, 2);
    const half = counts.length / 2;
    const folded = counts.slice(half).map((count, i) => count + counts[half - 1 - i]);
    return { min, max, counts: folded, edges: Array.from(edges).slice(half) };
  }
  const values = Float32Array.from(seen.values);
  const magnitudes = values.map(Math.abs);
  return { ...numpyHistogram(magnitudes, bins, minMax(magnitudes)), ...minMax(values) };
}
