import { node, value } from '#lib/onnx/graph';
import { encodeModel, makeModel } from '#lib/onnx/model';
import { tensorProto } from '#lib/onnx/tensor';

/** A small file for tests of what reading does with damaged ones: its tensors are stored in several ways. */
export const exampleModel = encodeModel(
  makeModel({
    name: 'net',
    input: [value('x', 'float32', ['batch', 3])],
    output: [value('y', 'float32', ['batch', 2])],
    initializer: [
      tensorProto('w', { dtype: 'float32', dims: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }),
      tensorProto('b', { dtype: 'float32', dims: [2], data: Float32Array.of(1, 2) }),
      { name: 'typed', dims: [2], dataType: 1, floatData: [0.5, -1] },
      tensorProto('nibbles', { dtype: 'int4', dims: [5], data: Int8Array.of(-8, -1, 0, 1, 7) }),
    ],
    node: [
      node('Relu', ['x'], ['r']),
      node('Gemm', ['r', 'w', 'b'], ['h'], { transB: 1 }),
      node('Softmax', ['h'], ['y'], { axis: 1 }),
    ],
  }),
);
