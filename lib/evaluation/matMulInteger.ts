import { runOperator } from '#lib/evaluation/runOperator';
import type { IntegerMatrix } from '#lib/quantizers/mapping/integerMatMul';

/**
 * The product `(A − zA) · (B − zB)` as the engine's MatMulInteger computes it, with A as uint8 and B as
 * int8: the kernel that quantized models run on.
 *
 * @returns int32, shape [A.rows, B.columns], row-major
 */
export async function engineMatMulInteger(a: IntegerMatrix, b: IntegerMatrix): Promise<Int32Array> {
  const [product] = await runOperator({ opType: 'MatMulInteger', outputs: ['int32'] }, [
    { dtype: 'uint8', dims: [a.rows, a.columns], data: Uint8Array.from(a.values) },
    { dtype: 'int8', dims: [b.rows, b.columns], data: Int8Array.from(b.values) },
    { dtype: 'uint8', dims: [], data: Uint8Array.of(a.zeroPoint) },
    { dtype: 'int8', dims: [], data: Int8Array.of(b.zeroPoint) },
  ]);
  return product.data as Int32Array;
}
