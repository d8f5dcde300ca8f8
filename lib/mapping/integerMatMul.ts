import type { LinearMapping } from '#lib/mapping/linearMapping';
import { roundHalfToEven } from '#lib/mapping/roundHalfToEven';

/** A matrix of quantized numbers: `zeroPoint` is the integer that stands for 0. */
export interface IntegerMatrix {
  readonly rows: number;
  readonly columns: number;
  /** Row-major, rows * columns integers of at most 8 bits, signed or not. */
  readonly values: ArrayLike<number>;
  readonly zeroPoint: number;
}

/**
 * The product `(A − zA) · (B − zB)` of two quantized matrices, with a 32-bit accumulator, as
 * MatMulInteger of ONNX defines it. The sum is taken apart, so that the inner loop multiplies the
 * integers as they are stored, as real kernels do:
 *
 *     Σ (a − zA)(b − zB) = Σ ab − zB Σ a − zA Σ b + K zA zB
 *
 * It can't overflow below K = 33,000 columns of A (products of 8-bit numbers stay under 2^16).
 *
 * Engines may do worse: without VNNI, x86 kernels for uint8 · int8 (`VPMADDUBSW`) add pairs of products
 * in 16 bits and cut off at ±32767, silently. With b within -64..64 that can't happen.
 *
 * @returns int32, shape [A.rows, B.columns], row-major
 * @throws RangeError if A has not as many columns as B has rows
 */
export function integerMatMul(a: IntegerMatrix, b: IntegerMatrix): Int32Array {
  const inner = a.columns;
  if (inner !== b.rows) {
    throw new RangeError(
      `can't multiply [${a.rows}, ${inner}] by [${b.rows}, ${b.columns}]: ${inner} ≠ ${b.rows}`,
    );
  }
  const columnSums = new Int32Array(b.columns);
  for (let k = 0; k < inner; k++) {
    for (let n = 0; n < b.columns; n++) columnSums[n] += b.values[k * b.columns + n];
  }
  const product = new Int32Array(a.rows * b.columns);
  for (let m = 0; m < a.rows; m++) {
    const row = product.subarray(m * b.columns, (m + 1) * b.columns);
    let rowSum = 0;
    for (let k = 0; k < inner; k++) {
      const factor = a.values[m * inner + k];
      if (factor === 0) continue; // adds nothing: most pixels, words and ReLUs are 0
      rowSum += factor;
      for (let n = 0; n < b.columns; n++) row[n] += factor * b.values[k * b.columns + n];
    }
    const rowCorrection = b.zeroPoint * rowSum - inner * a.zeroPoint * b.zeroPoint;
    for (let n = 0; n < b.columns; n++) row[n] -= a.zeroPoint * columnSums[n] + rowCorrection;
  }
  return product;
}

/**
 * Turns accumulators into the 8-bit numbers that the next layer reads, in float32, half to even:
 *
 *     clamp(round(c · accumulatorScale / scale) + zeroPoint)
 *
 * The quotient of the scales comes first. ONNX Runtime rounds before it adds the zero point, as here;
 * the reference implementation of QLinearMatMul in ONNX adds first, and so differs in ties where the
 * zero point is odd.
 *
 * @param accumulatorScale real value of 1 in the accumulators: the product of the factors' scales; one
 *   for all, or one for each column
 */
export function requantize(
  accumulators: Int32Array,
  accumulatorScale: number | Float32Array,
  { scale, zeroPoint, integers }: LinearMapping,
): Int32Array {
  const scales = typeof accumulatorScale === 'number' ? [accumulatorScale] : accumulatorScale;
  const multipliers = Float32Array.from(scales, (one) => Math.fround(one) / scale);
  return accumulators.map((c, i) => {
    const multiplier = multipliers[i % multipliers.length];
    const q = roundHalfToEven(Math.fround(Math.fround(c) * multiplier)) + zeroPoint;
    return Math.min(Math.max(q, integers.min), integers.max);
  });
}
