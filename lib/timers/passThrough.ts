import { onnx } from 'onnx-proto';

/**
 * An ONNX model that does no arithmetic: its output is the first `classes` columns of its input.
 * Timed among the variants, it takes and gives the same amount of data as a real model, and so shows
 * what the call from JavaScript into the engine costs by itself.
 *
 * @returns model with input `input` [batch, width] and output `logits` [batch, classes], float32
 */
export function passThroughModel(width: number, classes: number): Uint8Array {
  const { FLOAT, INT64 } = onnx.TensorProto.DataType;
  const value = (name: string, columns: number): onnx.IValueInfoProto => ({
    name,
    type: {
      tensorType: {
        elemType: FLOAT,
        shape: { dim: [{ dimParam: 'batch' }, { dimValue: columns }] },
      },
    },
  });
  const constant = (name: string, number: number): onnx.ITensorProto => ({
    name,
    dataType: INT64,
    dims: [1],
    int64Data: [number],
  });
  return onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ version: 13 }],
    graph: {
      name: 'pass-through',
      node: [{ opType: 'Slice', input: ['input', 'start', 'end', 'axis'], output: ['logits'] }],
      input: [value('input', width)],
      output: [value('logits', classes)],
      initializer: [constant('start', 0), constant('end', classes), constant('axis', 1)],
    },
  }).finish();
}
