import { numberFormats, smallestNormal, type FormatName } from '#lib/training/numberFormat';

/** How large the entries of gradients are, and what a format leaves of them. */
export interface GradientCounts {
  /**
   * Entries other than 0 by their exponent, as float32 stores it: at 127 + e those from 2^e to below
   * 2^(e+1), at 0 those below 2^-126.
   */
  readonly exponents: number[];
  /** Entries other than 0 that become 0 in the format. */
  zeroed: number;
  /** Entries that are subnormal in the format, so that they have lost bits. */
  subnormal: number;
  /** Entries that are infinite or NaN in the format. */
  infinite: number;
}

export function noGradients(): GradientCounts {
  return { exponents: Array.from({ length: 256 }, () => 0), zeroed: 0, subnormal: 0, infinite: 0 };
}

/**
 * Adds the entries of a gradient to the counts.
 *
 * @param before the gradient as it was computed; @param after the same, rounded to the format
 */
export function countGradient(
  counts: GradientCounts,
  before: Float32Array,
  after: Float32Array,
  format: FormatName,
): void {
  const bits = new Uint32Array(before.buffer, before.byteOffset, before.length);
  const [normal, greatest] = [smallestNormal(format), numberFormats[format].greatest];
  for (let i = 0; i < before.length; i++) {
    if (before[i] === 0) continue;
    counts.exponents[(bits[i] >>> 23) & 0xff] += 1;
    const magnitude = Math.abs(after[i]);
    if (magnitude === 0) counts.zeroed += 1;
    else if (magnitude < normal) counts.subnormal += 1;
    else if (!(magnitude <= greatest)) counts.infinite += 1;
  }
}

/** Entries other than 0. */
export function nonZero({ exponents }: Pick<GradientCounts, 'exponents'>): number {
  return exponents.reduce((sum, count) => sum + count, 0);
}

/**
 * Share of the entries other than 0 whose magnitude, times a factor, is below a bound.
 *
 * @param factor and `bound` powers of two: bins are not cut
 */
export function shareBelow(
  counts: Pick<GradientCounts, 'exponents'>,
  bound: number,
  factor = 1,
): number {
  const end = 127 + Math.log2(bound) - Math.log2(factor);
  const below = counts.exponents.slice(0, Math.max(0, end)).reduce((sum, count) => sum + count, 0);
  return below / nonZero(counts);
}
