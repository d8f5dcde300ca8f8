import { z } from 'zod';
import type { Histogram } from '#lib/quantizers/observers/histogram';
import type { ValueRange } from '#lib/mapping/valueRange';

export const streamingHistogramSchema = z.object({
  min: z.number(),
  max: z.number(),
  /** Bins lie between −2^exponent and 2^exponent; all values are closer to 0. */
  exponent: z.number().int(),
  counts: z.array(z.number().int().nonnegative()),
});

/**
 * A histogram that grows with what it sees, in memory that doesn't: bins between −2^e and 2^e, where
 * 2^e is the first power of two beyond all values. When a greater value comes, neighbouring bins are
 * put together. As widths are powers of two, no value changes its bin by that, so that neither the
 * order of batches matters, nor whether they were seen by one histogram or by several that are merged.
 */
export type StreamingHistogram = z.infer<typeof streamingHistogramSchema>;

/** The exponent for 0 and the least float32 numbers. */
const smallestExponent = -148;

/**
 * Adds values to a histogram.
 *
 * @param bins a power of two, at least 4; of these a quarter to a half lie on either side of 0 within
 *   the greatest magnitude
 */
export function addValues(
  histogram: StreamingHistogram | undefined,
  values: Float32Array,
  range: ValueRange,
  bins: number,
): StreamingHistogram {
  const before = histogram ?? {
    ...range,
    exponent: smallestExponent,
    counts: new Array<number>(bins).fill(0),
  };
  const { counts, exponent } = widened(before, exponentBeyond(range));
  const width = 2 ** (exponent + 1) / bins;
  for (const value of values) counts[Math.floor(value / width) + bins / 2]++;
  return { ...united(before, range), exponent, counts };
}

/** The histogram of all values of two with as many bins. */
export function mergeHistograms(a: StreamingHistogram, b: StreamingHistogram): StreamingHistogram {
  const exponent = Math.max(a.exponent, b.exponent);
  const others = widened(b, exponent).counts;
  const counts = widened(a, exponent).counts.map((count, i) => count + others[i]);
  return { ...united(a, b), exponent, counts };
}

/** Its bins as far as there are values on either side of 0, and at least `atLeast` of them. */
export function binned(
  { min, max, exponent, counts }: StreamingHistogram,
  atLeast: number,
): Histogram {
  const width = 2 ** (exponent + 1) / counts.length;
  const reach = Math.max(Math.floor(-min / width) + 1, Math.floor(max / width) + 1, atLeast / 2);
  const half = Math.min(Math.ceil(reach), counts.length / 2);
  const middle = counts.length / 2;
  return {
    min,
    max,
    counts: counts.slice(middle - half, middle + half),
    edges: Float64Array.from({ length: 2 * half + 1 }, (_, i) => (i - half) * width),
  };
}

/** A copy whose bins are wide enough for an exponent. */
function widened(
  { counts, exponent }: StreamingHistogram,
  wanted: number,
): Pick<StreamingHistogram, 'counts' | 'exponent'> {
  const times = 2 ** Math.max(wanted - exponent, 0);
  const middle = counts.length / 2;
  const merged = new Array<number>(counts.length).fill(0);
  counts.forEach((count, i) => {
    merged[Math.floor((i - middle) / times) + middle] += count;
  });
  return { counts: merged, exponent: Math.max(wanted, exponent) };
}

/** The first power of two beyond both ends. */
function exponentBeyond({ min, max }: ValueRange): number {
  const magnitude = Math.max(-min, max);
  if (magnitude === 0) return smallestExponent;
  const exponent = Math.floor(Math.log2(magnitude));
  return 2 ** (exponent + 1) > magnitude ? exponent + 1 : exponent + 2;
}

function united(a: ValueRange, b: ValueRange): ValueRange {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}
