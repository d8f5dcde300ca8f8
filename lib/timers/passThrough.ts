import { node, value } from '#lib/onnx/graph';
import { encodeModel, makeModel } from '#lib/onnx/model';
import { tensorProto } from '#lib/onnx/tensor';

/**
 * An ONNX model that does no arithmetic: its output is the first `classes` columns of its input.
 * Timed among the variants, it takes and gives the same amount of data as a real model, and so shows
 * what the call from JavaScript into the engine costs by itself.
 *
 * @returns model with input `input` [batch, width] and output `logits` [batch, classes], float32
 */
export function passThroughModel(width: number, classes: number): Uint8Array {
  const columns = Int32Array.from({ length: classes }, (_, column) => column);
  return encodeModel(
    makeModel({
      name: 'pass-through',
      node: [node('Gather', ['input', 'columns'], ['logits'], { axis: 1 })],
      initializer: [tensorProto('columns', { dtype: 'int32', dims: [classes], data: columns })],
      input: [value('input', 'float32', ['batch', width])],
      output: [value('logits', 'float32', ['batch', classes])],
    }),
  );
}
