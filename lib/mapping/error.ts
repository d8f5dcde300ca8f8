/** How far a reconstruction is from the original. */
export interface QuantizationError {
  /** Mean of the squared differences. */
  readonly meanSquared: number;
  /** Greatest absolute difference; NaN where one is, which `error.maximum <= bound` then refuses. */
  readonly maximum: number;
  /**
   * Signal-to-quantization-noise ratio, `10 · log10(Σx² / Σ(x − x')²)`, in dB: Infinity for an exact
   * reconstruction, -Infinity where zeros became something else.
   */
  readonly sqnr: number;
}

/**
 * Compares values with what quantizing and dequantizing made of them. Sums are taken in float64.
 *
 * @throws RangeError if there are none, or not as many of one as of the other
 */
export function quantizationError(
  original: ArrayLike<number>,
  reconstructed: ArrayLike<number>,
): QuantizationError {
  const count = original.length;
  if (count === 0 || reconstructed.length !== count) {
    throw new RangeError(`can't compare ${count} values with ${reconstructed.length}`);
  }
  let signal = 0;
  let noise = 0;
  let maximum = 0;
  for (let i = 0; i < count; i++) {
    const difference = original[i] - reconstructed[i];
    signal += original[i] ** 2;
    noise += difference ** 2;
    maximum = Math.max(maximum, Math.abs(difference));
  }
  const sqnr = noise === 0 ? Infinity : 10 * Math.log10(signal / noise);
  return { meanSquared: noise / count, maximum, sqnr };
}
