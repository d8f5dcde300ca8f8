/** Smallest and greatest of some numbers. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
}

/**
 * Smallest and greatest value; 0 and 0 if there are none.
 *
 * @throws RangeError if a value is NaN or infinite: no scale represents it
 */
export function minMax(values: Float32Array): ValueRange {
  if (values.length === 0) return { min: 0, max: 0 };
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) {
      throw new RangeError(`value ${i} is ${value}: only finite numbers can be quantized`);
    }
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min: min + 0, max: max + 0 }; // + 0: no negative zero
}
