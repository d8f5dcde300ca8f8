import type { Node } from '#lib/onnx/graph';
import { decodeModel } from '#lib/onnx/model';
import { readTensor, type Tensor } from '#lib/onnx/tensor';
import { dynamicMapping } from '#lib/mapping/dynamicMapping';
import type { IntegerMatrix } from '#lib/mapping/integerMatMul';
import { quantize } from '#lib/mapping/linearMapping';

/** A product of quantized matrices: `integerMatMul`, or `saturatingMatMul` for CPUs without VNNI. */
export type IntegerProduct = (a: IntegerMatrix, b: IntegerMatrix) => Int32Array;

/**
 * Computes what a model of {@link quantizeDynamic} computes, node by node in TypeScript, with an integer
 * product of one's choice: what another CPU would answer.
 *
 * @param model content of the quantized model's file
 * @returns function from a batch (float32, [rows, width], row-major) to logits ([rows, classes])
 * @throws Error naming the operator if the model has another than `quantizeDynamic` writes, or if its
 *   weights have a zero point for each output, as uint8 per channel
 */
export function dynamicInt8Logits(
  model: Uint8Array,
  product: IntegerProduct,
): (batch: Float32Array) => Float32Array {
  const { graph } = decodeModel(model);
  const constants = graph.initializer.map((proto) => [proto.name, readTensor(proto)] as const);
  const [input, output] = [graph.input[0], graph.output[0]];
  const width = Number(input.type?.tensorType?.shape?.dim?.[1].dimValue);
  return (batch) => {
    const tensors = new Map<string, Tensor>(constants);
    tensors.set(input.name, { dtype: 'float32', dims: [batch.length / width, width], data: batch });
    for (const node of graph.node) {
      const inputs = node.input.map((name) => known(tensors, name));
      compute(node, inputs, product).forEach((tensor, i) => tensors.set(node.output[i], tensor));
    }
    return known(tensors, output.name).data as Float32Array;
  };
}

function known(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`the model reads "${name}", which nothing in it gives`);
  return tensor;
}

/** The outputs of a node. */
function compute({ opType }: Node, inputs: readonly Tensor[], product: IntegerProduct): Tensor[] {
  const [a, b] = inputs;
  switch (opType) {
    case 'DynamicQuantizeLinear': {
      const mapping = dynamicMapping(a.data as Float32Array);
      const data = Uint8Array.from(quantize(a.data as Float32Array, mapping));
      return [
        { dtype: 'uint8', dims: a.dims, data },
        { dtype: 'float32', dims: [], data: Float32Array.of(mapping.scale) },
        { dtype: 'uint8', dims: [], data: Uint8Array.of(mapping.zeroPoint) },
      ];
    }
    case 'MatMulInteger': {
      const [left, right] = [integerMatrix(a, inputs[2]), integerMatrix(b, inputs[3])];
      const dims = [left.rows, right.columns];
      return [{ dtype: 'int32', dims, data: product(left, right) }];
    }
    case 'Cast':
      return [{ dtype: 'float32', dims: a.dims, data: Float32Array.from(a.data) }];
    case 'Relu':
      return [
        { dtype: 'float32', dims: a.dims, data: a.data.map((x) => Math.max(x, 0)) as Float32Array },
      ];
    case 'Mul':
      return [broadcast(a, b, (x, y) => x * y)];
    case 'Add':
      return [broadcast(a, b, (x, y) => x + y)];
    default:
      throw new Error(`${opType} is no operator of a model that quantizeDynamic made`);
  }
}

/** @throws Error unless the zero point is one for all, as it is but for uint8 weights per channel */
function integerMatrix({ dims, data }: Tensor, zeroPoint: Tensor): IntegerMatrix {
  if (new Set<number>(zeroPoint.data).size > 1) {
    throw new Error('uint8 weights with a zero point for each output are not computed here');
  }
  return { rows: dims[0], columns: dims[1], values: data, zeroPoint: zeroPoint.data[0] };
}

/** A number for all or for each column, with a matrix or another such. */
function broadcast(a: Tensor, b: Tensor, operation: (x: number, y: number) => number): Tensor {
  const [large, small] = a.data.length >= b.data.length ? [a, b] : [b, a];
  const data = Float32Array.from(large.data, (x, i) =>
    operation(x, small.data[i % small.data.length]),
  );
  return { dtype: 'float32', dims: large.dims, data };
}
