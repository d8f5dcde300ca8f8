import type { Histogram } from '#lib/quantizers/observers/histogram';
import { makeObserver, type StatefulObserver } from '#lib/quantizers/observers/observer';
import type { ValueRange } from '#lib/mapping/valueRange';
import {
  addSeen,
  checkBins,
  histogramOf,
  magnitudesOf,
  mergeSeen,
  type Binning,
  type SeenValues,
} from '#lib/quantizers/observers/valueCollection';

export interface PercentileOptions {
  /** Share of the values to represent, percent; 99.999 if left out. */
  readonly percentile?: number;
  /** As many of the values below the range as above it are left out if false; if true, or left out, the
   *  greatest magnitudes, and the range is symmetric unless values reach less far on one side. */
  readonly symmetric?: boolean;
  /** 4096 if left out. */
  readonly bins?: number;
  readonly binning?: Binning;
}

/**
 * A range that leaves out the few values that lie farthest out. It ends at an edge of a bin, but never
 * beyond the smallest or greatest value.
 *
 * With `binning: 'onnxruntime'` and 2048 bins it is that of ONNX Runtime's `PercentileCalibrater`,
 * which takes the lower edge of the bin with the percentile, also at the upper end, so that a little more
 * is left out. With `streaming` it is the outer edge.
 *
 * @throws RangeError if the percentile isn't from 0 to 100, or there can't be so many bins
 */
export function percentileObserver(
  {
    percentile = 99.999,
    symmetric = true,
    bins = 4096,
    binning = 'streaming',
  }: PercentileOptions = {},
  start?: SeenValues,
): StatefulObserver {
  checkBins({ bins, binning });
  if (!(percentile >= 0 && percentile <= 100)) {
    throw new RangeError(`percentile must be from 0 to 100, not ${percentile}`);
  }
  const outward = binning === 'streaming' ? 1 : 0;
  return makeObserver<SeenValues>(
    { kind: 'percentile', percentile, symmetric, bins, binning },
    {
      observe: (seen, values, range) => addSeen(seen, values, range, { bins, binning }),
      merge: mergeSeen,
      range: (seen) => {
        if (!symmetric) {
          const histogram = histogramOf(seen, bins);
          const cut = (100 - percentile) / 200;
          const low = histogram.edges[binReaching(histogram, cut)];
          return within(histogram, low, upperEdge(histogram, 1 - cut, outward));
        }
        const histogram = magnitudesOf(seen, bins);
        const threshold = upperEdge(histogram, percentile / 100, outward);
        return within(histogram, -threshold, threshold);
      },
    },
    start,
  );
}

/** The first bin up to which this share of the values lies; the number of bins if rounding hides it. */
function binReaching({ counts }: Histogram, share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let reached = 0;
  const bin = counts.findIndex((count) => (reached += count / total) >= share);
  return bin === -1 ? counts.length : bin;
}

function upperEdge(histogram: Histogram, share: number, outward: number): number {
  const { counts, edges } = histogram;
  return edges[Math.min(binReaching(histogram, share) + outward, counts.length)];
}

/**
 * Cuts a range off at the smallest and greatest value. Where that leaves nothing, as bins ended below
 * all values, it is the upper end alone.
 */
export function within({ min, max }: ValueRange, low: number, high: number): ValueRange {
  const end = Math.min(high, max);
  return { min: Math.min(Math.max(low, min), end), max: end };
}
