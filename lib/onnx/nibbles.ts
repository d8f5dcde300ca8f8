/**
 * Integers of 4 bits, two in each byte, as ONNX stores them: the first in the lower half, the second in
 * the upper. After an odd number of them the last upper half is 0.
 *
 * @param values -8..7 or 0..15
 */
export function packNibbles(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 2));
  for (let i = 0; i < values.length; i++) bytes[i >> 1] |= (values[i] & 15) << (4 * (i & 1));
  return bytes;
}

/** The integers, 0..15, that {@link packNibbles} packed. */
export function unpackNibbles(bytes: ArrayLike<number>, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => (bytes[i >> 1] >> (4 * (i & 1))) & 15);
}
