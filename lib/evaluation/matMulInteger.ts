import { Tensor } from 'onnxruntime-node';
import { openEngine } from '#lib/evaluation/engine';
import { node, value } from '#lib/onnx/graph';
import { encodeModel, makeModel } from '#lib/onnx/model';
import { tensorProto } from '#lib/onnx/tensor';
import type { IntegerMatrix } from '#lib/quantizers/integerMatMul';

/**
 * The product `(A − zA) · (B − zB)` as the engine's MatMulInteger computes it, with A as uint8 and B as
 * int8: the kernel that quantized models run on.
 *
 * @returns int32, shape [A.rows, B.columns], row-major
 */
export async function engineMatMulInteger(a: IntegerMatrix, b: IntegerMatrix): Promise<Int32Array> {
  const model = makeModel({
    name: 'product',
    node: [node('MatMulInteger', ['a', 'b', 'zeroA', 'zeroB'], ['c'])],
    initializer: [
      tensorProto('b', {
        dtype: 'int8',
        dims: [b.rows, b.columns],
        data: Int8Array.from(b.values),
      }),
      tensorProto('zeroA', { dtype: 'uint8', dims: [], data: Uint8Array.of(a.zeroPoint) }),
      tensorProto('zeroB', { dtype: 'int8', dims: [], data: Int8Array.of(b.zeroPoint) }),
    ],
    input: [value('a', 'uint8', ['rows', a.columns])],
    output: [value('c', 'int32', ['rows', b.columns])],
  });
  const engine = await openEngine(encodeModel(model), { threads: 1 });
  try {
    const rows = new Tensor('uint8', Uint8Array.from(a.values), [a.rows, a.columns]);
    return (await engine.run({ a: rows })).c.data as Int32Array;
  } finally {
    await engine.release();
  }
}
