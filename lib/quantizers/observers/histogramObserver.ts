import { z } from 'zod';
import { makeObserver, type StatefulObserver } from '#lib/quantizers/observers/observer';
import type { ValueRange } from '#lib/mapping/valueRange';

export const torchHistogramSchema = z.object({
  min: z.number(),
  max: z.number(),
  counts: z.array(z.number().nonnegative()),
});

/** Counts in bins of one width between the smallest and the greatest value; fractions after rescaling. */
type TorchHistogram = z.infer<typeof torchHistogramSchema>;

export interface HistogramOptions {
  /** 2048 if left out. */
  readonly bins?: number;
}

/** Integers of uint8 and int8, between whose values the error is measured. */
const levels = 256;
/** Parts of a bin that move on their own when a histogram is stretched. */
const upsampling = 16;
/** Share of the values by which an end moves in one step of the search. */
const step = 1e-5;

/**
 * The range with the least squared error, found by moving the ends inwards step by step: PyTorch's
 * `HistogramObserver` (`torch/ao/quantization/observer.py`, 2.5.1).
 *
 * Each step moves the end beside which more bins can be left out with 0.001 % of the values. The error
 * of a range is that of values spread evenly over their bin, to the middle of the nearest of 256
 * levels. The search stops at the first step that makes it greater.
 *
 * When a batch widens the range, the histogram so far is stretched over it, in sixteenths of a bin: the
 * outcome depends a little on the order of the batches, and of merging likewise. Numbers are float32, as in PyTorch, but for sums:
 * PyTorch's depend on the vector units of the CPU.
 *
 * @throws RangeError if bins isn't a positive whole number, and from `observe` if the values lie
 *   farther apart than the greatest float32 number
 */
export function histogramObserver(
  { bins = 2048 }: HistogramOptions = {},
  start?: TorchHistogram,
): StatefulObserver {
  if (!Number.isInteger(bins) || bins < 1) {
    throw new RangeError(`bins must be a positive whole number, not ${bins}`);
  }
  return makeObserver<TorchHistogram>(
    { kind: 'histogram', bins },
    {
      observe: (seen, values, range) =>
        seen ? extended(seen, values, range) : { ...range, counts: countedIn(values, range, bins) },
      range: leastSquares,
      merge: merged,
    },
    start,
  );
}

function extended(seen: TorchHistogram, values: Float32Array, batch: ValueRange): TorchHistogram {
  const range = { min: Math.min(seen.min, batch.min), max: Math.max(seen.max, batch.max) };
  const counts = countedIn(values, range, seen.counts.length);
  const before = stretched(seen, range, counts);
  return { ...range, counts: counts.map((count, i) => Math.fround(count + before[i])) };
}

/** Both histograms in the bins of their common range. */
function merged(a: TorchHistogram, b: TorchHistogram): TorchHistogram {
  const range = { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
  const [ours, others] = [a, b].map((histogram) => stretched(histogram, range, histogram.counts));
  return { ...range, counts: ours.map((count, i) => Math.fround(count + others[i])) };
}

/** `torch.histc`: an empty range is widened by 1 on both sides. */
function countedIn(values: Float32Array, { min, max }: ValueRange, bins: number): number[] {
  const widening = min === max ? 1 : 0;
  const first = Math.fround(min - widening);
  const width = Math.fround(Math.fround(max + widening) - first);
  if (width === Infinity) {
    throw new RangeError(
      `values from ${min} to ${max} lie farther apart than float32 can say: observe them with min-max`,
    );
  }
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const share = Math.fround(Math.fround(Math.fround(value - first) * bins) / width);
    counts[Math.min(Math.trunc(share), bins - 1)]++;
  }
  return counts;
}

/**
 * The counts so far in the bins of a wider range.
 *
 * @param batch counts of what widened it
 */
function stretched(
  { counts, min, max }: TorchHistogram,
  range: ValueRange,
  batch: readonly number[],
): number[] {
  const bins = counts.length;
  if (range.min === min && range.max === max) return counts;
  if (min === max) {
    // As in PyTorch, a constant so far counts as often as the values of the new batch.
    const total = batch.reduce((sum, count) => sum + count, 0);
    return countedIn(Float32Array.of(min), range, bins).map((count) => count * total);
  }
  const parts = bins * upsampling;
  const half = Math.fround(0.5 * Math.fround(Math.fround(max - min) / parts));
  const begins = linspace({ min, max }, parts + 1);
  const edges = linspace(range, bins + 1);
  const result = new Float32Array(bins);
  let bin = 0;
  for (let part = 0; part < parts; part++) {
    const middle = Math.fround(begins[part] + half);
    while (bin < bins - 1 && edges[bin + 1] <= middle) bin++;
    result[bin] += Math.fround(counts[Math.floor(part / upsampling)] / upsampling);
  }
  return [...result];
}

/** `torch.linspace`: from both ends towards the middle. */
function linspace({ min, max }: ValueRange, count: number): Float32Array {
  const stride = Math.fround(Math.fround(max - min) / (count - 1));
  return Float32Array.from({ length: count }, (_, i) =>
    i < Math.floor(count / 2)
      ? min + Math.fround(stride * i)
      : max - Math.fround(stride * (count - 1 - i)),
  );
}

function leastSquares(histogram: TorchHistogram): ValueRange {
  const { counts, min, max } = histogram;
  const total = Math.fround(counts.reduce((sum, count) => sum + count, 0));
  let sum = 0;
  const cumulative = Float32Array.from(counts, (count) => (sum += count));
  let [alpha, beta] = [0, 1];
  let [start, end] = [0, counts.length - 1];
  let least = Infinity;
  while (alpha < beta) {
    const [nextAlpha, nextBeta] = [alpha + step, beta - step];
    let [left, right] = [start, end];
    while (left < end && cumulative[left] < Math.fround(nextAlpha * total)) left++;
    while (right > start && cumulative[right] > Math.fround(nextBeta * total)) right--;
    const movesStart = left - start > end - right;
    if (movesStart) alpha = nextAlpha;
    else beta = nextBeta;
    const [nextStart, nextEnd] = movesStart ? [left, end] : [start, right];
    if (nextStart === start && nextEnd === end) continue;
    const error = squaredError(histogram, nextStart, nextEnd);
    if (error > least) break;
    least = error;
    [start, end] = [nextStart, nextEnd];
  }
  const width = Math.fround(Math.fround(max - min) / counts.length);
  return {
    min: Math.fround(min + Math.fround(width * start)),
    max: Math.fround(min + Math.fround(width * (end + 1))),
  };
}

/** Squared error of all values if the bins from `start` to `end` are cut into 256 levels. */
function squaredError({ counts, min, max }: TorchHistogram, start: number, end: number): number {
  const f32 = Math.fround;
  const exactWidth = (max - min) / counts.length;
  const exactLevel = (exactWidth * (end - start + 1)) / levels;
  if (exactLevel === 0) return 0;
  const [width, level, half] = [exactWidth, exactLevel, exactLevel / 2].map(f32);
  const levelOf = (x: number): number => Math.min(Math.max(Math.floor(x / level), 0), levels - 1);
  /** ∫x² of a density from `from` to `to`. */
  const squared = (from: number, to: number, density: number): number =>
    f32(density * f32(f32(f32(f32(to * to) * to) - f32(f32(from * from) * from)) / 3));
  return counts.reduce((sum, count, bin) => {
    const begin = f32((bin - start) * width);
    const close = f32(begin + width);
    const density = f32(count / width);
    const [first, last] = [levelOf(begin), levelOf(close)];
    const fromFirst = f32(begin - f32(f32(first + 0.5) * level));
    const toLast = f32(close - f32(f32(last * level) + half));
    return (
      sum +
      squared(fromFirst, half, density) +
      f32((last - first - 1) * squared(-half, half, density)) +
      squared(-half, toLast, density)
    );
  }, 0);
}
