import { findInitializer, type Graph, type Node } from '#lib/onnx/graph';
import { decodeModel } from '#lib/onnx/model';
import { readTensor, type Tensor } from '#lib/onnx/tensor';

/** A fully connected layer of a model with dynamic int8 quantization. */
export interface DynamicLayer {
  readonly inputs: number;
  readonly outputs: number;
  /** Shape [inputs, outputs], row-major; the zero point is 0. */
  readonly weights: Int8Array;
  /** One for each output, or one for all. */
  readonly scales: Float32Array;
  /** One for each output; undefined if there is none. */
  readonly bias?: Float32Array;
  readonly relu: boolean;
}

/**
 * The layers of a model that `quantizeDynamic` made of a feed-forward network, from input to output.
 *
 * @param model content of the quantized model's file
 * @throws Error naming the node that is in the way if the model is another one
 */
export function dynamicLayers(model: Uint8Array): DynamicLayer[] {
  const { graph } = decodeModel(model);
  const layers: DynamicLayer[] = [];
  let tensor = graph.input[0].name;
  while (tensor !== graph.output[0].name) {
    const read = readLayer(graph, tensor);
    layers.push(read.layer);
    tensor = read.output;
  }
  return layers;
}

/** The layer that reads a tensor, and the name of what it gives. */
function readLayer(graph: Graph, input: string): { layer: DynamicLayer; output: string } {
  const quantize = reader(graph, input, 'DynamicQuantizeLinear');
  const product = reader(graph, quantize.output[0], 'MatMulInteger');
  const cast = reader(graph, product.output[0], 'Cast');
  const scaling = reader(graph, quantize.output[1], 'Mul');
  const scaled = reader(graph, cast.output[0], 'Mul');
  const [weights, zeroPoint] = [product.input[1], product.input[3]].map((name) =>
    constant(graph, name),
  );
  if (weights.dtype !== 'int8' || zeroPoint.data.some((value) => value !== 0)) {
    throw new Error(
      'the kernel takes int8 weights whose zero point is 0: quantize to weightType int8',
    );
  }
  const [inputs, outputs] = weights.dims;
  const scales = constant(graph, other(scaling, quantize.output[1])).data as Float32Array;
  const layer = { inputs, outputs, weights: weights.data, scales, relu: false };

  let [output] = scaled.output;
  const add = nextIf(graph, output, 'Add');
  const bias = add && (constant(graph, other(add, output)).data as Float32Array);
  if (add) [output] = add.output;
  const relu = nextIf(graph, output, 'Relu');
  if (relu) [output] = relu.output;
  return { layer: { ...layer, bias, relu: relu !== undefined }, output };
}

/** The only node that reads a tensor. */
function reader(graph: Graph, tensor: string, opType: string): Node {
  const node = nextIf(graph, tensor, opType);
  if (node) return node;
  const found = graph.node.filter(({ input }) => input.includes(tensor));
  throw new Error(
    `${opType} must read "${tensor}", and nothing else, as in a feed-forward model of quantizeDynamic; ` +
      `it is read by: ${found.map(({ opType }) => opType).join(', ') || 'no node'}`,
  );
}

/** The only node that reads a tensor, if it is of this kind. */
function nextIf(graph: Graph, tensor: string, opType: string): Node | undefined {
  const found = graph.node.filter(({ input }) => input.includes(tensor));
  return found.length === 1 && found[0].opType === opType ? found[0] : undefined;
}

/** What a node of two inputs reads beside a tensor. */
function other({ input }: Node, tensor: string): string {
  return input[0] === tensor ? input[1] : input[0];
}

function constant(graph: Graph, name: string): Tensor {
  const initializer = findInitializer(graph, name);
  if (!initializer) throw new Error(`"${name}" must be a constant of the model`);
  return readTensor(initializer);
}
