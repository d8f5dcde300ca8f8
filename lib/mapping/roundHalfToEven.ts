/** From here on, float64 has no room for a fraction. */
const allIntegers = 2 ** 52;

/**
 * Nearest integer, of two equally near ones the even: `rint` of C and `round` of NumPy, and what ONNX
 * demands. `Math.round` gives the upper of the two instead.
 *
 * Exact for every float64: the sum with 2^52 is rounded by the hardware, half to even.
 */
export function roundHalfToEven(x: number): number {
  if (Math.abs(x) >= allIntegers) return x;
  return x < 0 ? x - allIntegers + allIntegers : x + allIntegers - allIntegers;
}
