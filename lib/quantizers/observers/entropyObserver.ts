import type { Histogram } from '#lib/quantizers/observers/histogram';
import { makeObserver, type StatefulObserver } from '#lib/quantizers/observers/observer';
import type { ValueRange } from '#lib/mapping/valueRange';
import { within } from '#lib/quantizers/observers/percentileObserver';
import {
  addSeen,
  checkBins,
  histogramOf,
  mergeSeen,
  type Binning,
  type SeenValues,
} from '#lib/quantizers/observers/valueCollection';

export interface EntropyOptions {
  /** 2048 if left out. */
  readonly bins?: number;
  /**
   * Integers to spread over a range when it is tried out; 128 if left out. There are
   * `(bins − quantizedBins) / 2 + 1` ranges to try: a single one where both are 128, as they are in
   * ONNX Runtime unless told otherwise.
   */
  readonly quantizedBins?: number;
  readonly binning?: Binning;
}

/**
 * The range around 0 at which the distribution of the values, cut off at its ends, loses least when it
 * is put into few bins: the one with the least Kullback–Leibler divergence of the coarse from the fine
 * histogram. It never reaches beyond the smallest or greatest value, or 0.
 *
 * This is `get_entropy_threshold` of ONNX Runtime (`quantization/calibrate.py`, 1.32), which follows
 * TensorRT, in float32 as there; its integer bins cut off fractions, and so do these. With
 * `binning: 'onnxruntime'` the ranges are those of its `EntropyCalibrater`, unless two divergences
 * differ by less than NumPy's logarithm is off. Where no divergence is finite, as for values that are
 * all the same, ONNX Runtime takes the narrowest range; with `streaming` it is that of all values.
 *
 * @throws RangeError if there can't be so many bins, or there are fewer than `quantizedBins`
 */
export function entropyObserver(
  { bins = 2048, quantizedBins = 128, binning = 'streaming' }: EntropyOptions = {},
  start?: SeenValues,
): StatefulObserver {
  checkBins({ bins, binning });
  if (!Number.isInteger(quantizedBins) || quantizedBins < 2 || quantizedBins > bins) {
    throw new RangeError(`quantizedBins must be from 2 to ${bins}, not ${quantizedBins}`);
  }
  return makeObserver<SeenValues>(
    { kind: 'entropy', bins, quantizedBins, binning },
    {
      observe: (seen, values, range) => addSeen(seen, values, range, { bins, binning }),
      merge: mergeSeen,
      range: (seen) => {
        const histogram = histogramOf(seen, bins, quantizedBins);
        const least = leastDivergent(histogram, quantizedBins);
        return least.divergence === Infinity && binning === 'streaming'
          ? { min: histogram.min, max: histogram.max }
          : least.range;
      },
    },
    start,
  );
}

/** The narrowest range, and Infinity, if no divergence is finite. */
function leastDivergent(
  histogram: Histogram,
  quantizedBins: number,
): { divergence: number; range: ValueRange } {
  const { counts, edges } = histogram;
  const middle = Math.floor(counts.length / 2);
  let least = { divergence: Infinity, range: { min: 0, max: 0 } };
  for (let half = Math.floor(quantizedBins / 2); half <= middle; half++) {
    const [start, end] = [middle - half, Math.min(middle + half + 1, counts.length)];
    const divergence = divergenceOf(counts, start, end, quantizedBins);
    if (half === Math.floor(quantizedBins / 2) || divergence < least.divergence) {
      least = { divergence, range: within(histogram, edges[start], edges[end]) };
    }
  }
  return least;
}

/** How much the bins from `start` to `end` lose by being quantized. */
function divergenceOf(
  counts: readonly number[],
  start: number,
  end: number,
  quantizedBins: number,
): number {
  const sum = (from: number, to: number): number => {
    let total = 0;
    for (let i = from; i < to; i++) total += counts[i];
    return total;
  };
  const fine = counts.slice(start, end);
  fine[0] += sum(0, start);
  fine[fine.length - 1] += sum(end, counts.length);

  const size = Math.floor(fine.length / quantizedBins);
  const coarse = new Array<number>(fine.length).fill(0);
  for (let i = 0; i < quantizedBins; i++) {
    const [from, to] = [i * size, (i + 1) * size];
    let filled = 0;
    for (let j = from; j < to; j++) if (fine[j] !== 0) filled++;
    const last = i === quantizedBins - 1 ? end : start + to; // takes the rest
    if (filled > 0) coarse.fill(Math.trunc(sum(start + from, last) / filled), from, to);
  }
  const [p, q] = [smoothed(fine), smoothed(coarse)];
  return p && q ? relativeEntropy(p, q) : Infinity;
}

/**
 * Gives empty bins a little of what the others have, as the divergence is infinite otherwise.
 *
 * @returns undefined if all are empty, or too few aren't
 */
function smoothed(counts: readonly number[]): Float32Array | undefined {
  const epsilon = Math.fround(0.0001);
  let zeros = 0;
  for (const count of counts) if (count === 0) zeros++;
  const taken = (0.0001 * zeros) / (counts.length - zeros);
  if (!(taken < 1)) return undefined;
  const smooth = new Float32Array(counts);
  for (let i = 0; i < smooth.length; i++) {
    smooth[i] = smooth[i] === 0 ? epsilon : smooth[i] - Math.fround(taken);
  }
  return smooth;
}

/** Σ p log(p / q) of two distributions, each first divided by its sum. */
function relativeEntropy(p: Float32Array, q: Float32Array): number {
  const [sumP, sumQ] = [pairwiseSum(p), pairwiseSum(q)];
  const terms = p.map((value, i) => {
    const share = Math.fround(value / sumP);
    const ratio = Math.fround(share / Math.fround(q[i] / sumQ));
    return share * Math.fround(Math.log(ratio));
  });
  return pairwiseSum(terms);
}

/** The float32 sum as NumPy takes it: by halves, and below 128 numbers in eight columns. */
function pairwiseSum(values: Float32Array): number {
  const { length } = values;
  if (length > 128) {
    const half = Math.floor(length / 2 / 8) * 8;
    return Math.fround(pairwiseSum(values.subarray(0, half)) + pairwiseSum(values.subarray(half)));
  }
  const whole = length - (length % 8);
  const columns = new Float32Array(8);
  for (let i = 0; i < whole; i++) columns[i % 8] += values[i];
  for (let stride = 1; stride < 8; stride *= 2) {
    for (let i = 0; i < 8; i += 2 * stride) columns[i] += columns[i + stride];
  }
  let [total] = columns;
  for (let i = whole; i < length; i++) total = Math.fround(total + values[i]);
  return total;
}
