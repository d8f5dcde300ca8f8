import type { IntegerMatrix } from '#lib/mapping/integerMatMul';

/**
 * The product `(A − zA) · (B − zB)` as x86 CPUs without VNNI compute it, A uint8 and B int8: a model of
 * their instructions on any machine.
 *
 * `VPMADDUBSW` multiplies neighbouring bytes and adds the two products in 16 bits, with saturation (Intel
 * Intrinsics Guide, `_mm256_maddubs_epi16`):
 *
 *     dst[i+15:i] := Saturate16(a[i+15:i+8] · b[i+15:i+8] + a[i+7:i] · b[i+7:i])     a uint8, b int8
 *
 * `VPMADDWD` with ones then adds pairs of these in 32 bits, and `VPADDD` accumulates: both are exact.
 *
 * Which products are neighbours decides what is cut off. MLAS, the matrix library of ONNX Runtime, packs
 * both matrices along K in groups of four, from k = 0, and fills the last with zeros
 * (`onnxruntime/core/mlas/lib/qgemm_kernel_avx2.cpp` and `x86_64/QgemmU8X8KernelAvx2.S`): the pairs are
 * (0, 1), (2, 3), … The zero points take no part; they are corrected for in 32 bits afterwards.
 *
 * @returns int32, shape [A.rows, B.columns], row-major
 * @throws RangeError if A has not as many columns as B has rows, or a value is no uint8 or int8
 */
export function saturatingMatMul(a: IntegerMatrix, b: IntegerMatrix): Int32Array {
  const inner = a.columns;
  const columns = b.columns;
  if (inner !== b.rows) {
    throw new RangeError(
      `can't multiply [${a.rows}, ${inner}] by [${b.rows}, ${columns}]: ${inner} ≠ ${b.rows}`,
    );
  }
  const factors = checked(a.values, 0, 255);
  const weights = checked(b.values, -128, 127);
  const columnSums = new Int32Array(columns);
  for (let i = 0; i < weights.length; i++) columnSums[i % columns] += weights[i];

  const product = new Int32Array(a.rows * columns);
  const noWeights = new Int16Array(columns);
  for (let m = 0; m < a.rows; m++) {
    const row = product.subarray(m * columns, (m + 1) * columns);
    let rowSum = 0;
    for (let k = 0; k < inner; k += 2) {
      const first = factors[m * inner + k];
      const second = k + 1 < inner ? factors[m * inner + k + 1] : 0;
      if (first === 0 && second === 0) continue; // adds nothing: most pixels, words and ReLUs are 0
      rowSum += first + second;
      const firstWeights = weights.subarray(k * columns, (k + 1) * columns);
      const secondWeights =
        k + 1 < inner ? weights.subarray((k + 1) * columns, (k + 2) * columns) : noWeights;
      for (let n = 0; n < columns; n++) {
        const sum = first * firstWeights[n] + second * secondWeights[n];
        row[n] += sum > 32767 ? 32767 : sum < -32768 ? -32768 : sum;
      }
    }
    const rowCorrection = b.zeroPoint * rowSum - inner * a.zeroPoint * b.zeroPoint;
    for (let n = 0; n < columns; n++) row[n] -= a.zeroPoint * columnSums[n] + rowCorrection;
  }
  return product;
}

/** The values as an array of one type, which makes the loops fast; a byte of the wrong kind would be wrong. */
function checked(values: ArrayLike<number>, min: number, max: number): Int16Array {
  const integers = Int16Array.from(values);
  if (integers.some((value) => value < min || value > max)) {
    throw new RangeError(`the instruction takes uint8 · int8: a value is outside ${min}..${max}`);
  }
  return integers;
}
