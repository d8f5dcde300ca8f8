import { runOperator } from '#lib/evaluation/runOperator';
import type { IntegerMatrix } from '#lib/mapping/integerMatMul';
import type { LinearMapping } from '#lib/mapping/linearMapping';
import type { Tensor } from '#lib/onnx/tensor';

/**
 * The product `(A − zA) · (B − zB)` as the engine's MatMulInteger computes it, with A as uint8 and B as
 * int8: the kernel that quantized models run on.
 *
 * @returns int32, shape [A.rows, B.columns], row-major
 */
export async function engineMatMulInteger(a: IntegerMatrix, b: IntegerMatrix): Promise<Int32Array> {
  const { values, zeroPoints } = operands(a, b);
  const inputs = [...values, ...zeroPoints];
  const [product] = await runOperator({ opType: 'MatMulInteger', outputs: ['int32'] }, inputs);
  return product.data as Int32Array;
}

/** A matrix of quantized numbers, and the distance between neighbouring integers. */
export type ScaledMatrix = IntegerMatrix & Pick<LinearMapping, 'scale'>;

/**
 * That product requantized as the engine's QLinearMatMul does it, to uint8.
 *
 * @param to scale and zero point of the product
 * @returns shape [A.rows, B.columns], row-major
 */
export async function engineQLinearMatMul(
  a: ScaledMatrix,
  b: ScaledMatrix,
  to: Pick<LinearMapping, 'scale' | 'zeroPoint'>,
): Promise<Uint8Array> {
  const { values, zeroPoints } = operands(a, b);
  const [scaleA, scaleB, scaleTo] = [a, b, to].map(({ scale }): Tensor => ({
    dtype: 'float32',
    dims: [],
    data: Float32Array.of(scale),
  }));
  const [product] = await runOperator({ opType: 'QLinearMatMul', outputs: ['uint8'] }, [
    values[0],
    scaleA,
    zeroPoints[0],
    values[1],
    scaleB,
    zeroPoints[1],
    scaleTo,
    { dtype: 'uint8', dims: [], data: Uint8Array.of(to.zeroPoint) },
  ]);
  return product.data as Uint8Array;
}

/** A as uint8 and B as int8. */
function operands(a: IntegerMatrix, b: IntegerMatrix): Record<'values' | 'zeroPoints', Tensor[]> {
  return {
    values: [
      { dtype: 'uint8', dims: [a.rows, a.columns], data: Uint8Array.from(a.values) },
      { dtype: 'int8', dims: [b.rows, b.columns], data: Int8Array.from(b.values) },
    ],
    zeroPoints: [
      { dtype: 'uint8', dims: [], data: Uint8Array.of(a.zeroPoint) },
      { dtype: 'int8', dims: [], data: Int8Array.of(b.zeroPoint) },
    ],
  };
}
