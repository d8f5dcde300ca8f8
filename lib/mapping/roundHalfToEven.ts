/** From here on, float64 has no room for a fraction. */
const allIntegers = 2 ** 52;
/** In the middle of 2^52 to 2^53, where neighbours are one apart. */
const middle = 1.5 * allIntegers;

/**
 * Nearest integer, of two equally near ones the even: `rint` of C and `round` of NumPy, and what ONNX
 * demands. `Math.round` gives the upper of the two instead.
 *
 * Exact for every float64: a sum between 2^52 and 2^53 is rounded by the hardware, half to even.
 */
export function roundHalfToEven(x: number): number {
  // A question for the sign, which for weights is as good as a toss, would take four times as long.
  if (Math.abs(x) < allIntegers / 2) return x + middle - middle;
  if (Math.abs(x) >= allIntegers) return x;
  return x < 0 ? x - allIntegers + allIntegers : x + allIntegers - allIntegers;
}
