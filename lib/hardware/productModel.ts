import { node, value } from '#lib/onnx/graph';
import { encodeModel, makeModel } from '#lib/onnx/model';
import { tensorProto, type Tensor } from '#lib/onnx/tensor';

/**
 * A model of one product, `y = x · weights`: float32, or uint8 · int8 -> int32.
 *
 * @param weights shape [inputs, outputs]
 * @returns content of an ONNX file with input `x` [batch, inputs] and output `y` [batch, outputs]
 */
export function productModel(x: 'float32' | 'uint8', weights: Tensor): Uint8Array {
  const [inputs, outputs] = weights.dims;
  const isFloat = x === 'float32';
  return encodeModel(
    makeModel({
      name: 'product',
      node: [node(isFloat ? 'MatMul' : 'MatMulInteger', ['x', 'weights'], ['y'])],
      initializer: [tensorProto('weights', weights)],
      input: [value('x', x, ['batch', inputs])],
      output: [value('y', isFloat ? 'float32' : 'int32', ['batch', outputs])],
    }),
  );
}
