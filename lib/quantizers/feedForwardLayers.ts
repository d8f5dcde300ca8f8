import { Float16Array } from '@petamoriken/float16';
import { attribute, findInitializer, type Graph, type Node } from '#lib/onnx/graph';
import {
  elementTypeCode,
  readTensor,
  tensorProto,
  type Tensor,
  type TensorOf,
} from '#lib/onnx/tensor';
import { readCanonical } from '#lib/quantizers/canonicalLayers';
import { layersWithWeights } from '#lib/quantizers/linearLayers';
import { transposed } from '#lib/quantizers/transposed';

interface Shape {
  readonly inputs: number;
  readonly outputs: number;
  readonly relu: boolean;
}

/** A fully connected layer, multiplied in float32. */
export interface Float32Layer extends Shape {
  readonly kind: 'float32';
  /** Shape [inputs, outputs], row-major. */
  readonly weights: Float32Array;
  /** One for each output; undefined if there is none. */
  readonly bias?: Float32Array;
}

interface Int8Weights extends Shape {
  /** Shape [inputs, outputs], row-major; the zero point is 0. */
  readonly weights: Int8Array;
  /** One for each output, or one for all. */
  readonly scales: Float32Array;
}

/** A fully connected layer that finds the range of its inputs in each batch. */
export interface DynamicLayer extends Int8Weights {
  readonly kind: 'dynamic';
  readonly bias?: Float32Array;
}

/** A fully connected layer whose inputs have a mapping of their own. */
export interface StaticLayer extends Int8Weights {
  readonly kind: 'static';
  /** To uint8; int8 integers are read as those 128 higher. */
  readonly inputMapping: { readonly scale: number; readonly zeroPoint: number };
  /** In units of the accumulators. */
  readonly bias?: Int32Array;
}

export type FeedForwardLayer = Float32Layer | DynamicLayer | StaticLayer;

/**
 * The layers of a feed-forward network from input to output: float32, or as `toFloat16`,
 * `quantizeDynamic` or `quantizeStatic` in its form QDQ wrote them, each layer as it comes. Those of
 * float16 are widened to float32, which changes no number.
 *
 * @param model content of the model's file
 * @throws Error naming the node that is in the way if the model is another one
 */
export function feedForwardLayers(model: Uint8Array): FeedForwardLayer[] {
  const graph = widened(readCanonical(model).graph);
  const layers: FeedForwardLayer[] = [];
  let tensor = graph.input[0].name;
  while (tensor !== graph.output[0].name) {
    const { layer, output } = readLayer(graph, tensor);
    const relu = nextIf(graph, output, 'Relu');
    layers.push({ ...layer, relu: relu !== undefined });
    tensor = relu ? relu.output[0] : output;
  }
  return layers;
}

/** Constants of float16 as those of float32 that a Cast makes of them. */
function widened(graph: Graph): Graph {
  const float32 = elementTypeCode('float32');
  const constants = graph.node.flatMap((cast) => {
    if (cast.opType !== 'Cast' || attribute(cast, 'to', 0) !== float32) return [];
    const stored = findInitializer(graph, cast.input[0]);
    if (stored?.dataType !== elementTypeCode('float16')) return [];
    const { dims, data } = constant(graph, cast.input[0], 'float16');
    const numbers = Float32Array.from(new Float16Array(data.buffer, data.byteOffset, data.length));
    return [
      { cast, proto: tensorProto(cast.output[0], { dtype: 'float32', dims, data: numbers }) },
    ];
  });
  const casts = new Set(constants.map(({ cast }) => cast));
  return {
    ...graph,
    node: graph.node.filter((one) => !casts.has(one)),
    initializer: [...graph.initializer, ...constants.map(({ proto }) => proto)],
  };
}

interface ReadLayer {
  readonly layer: FeedForwardLayer;
  /** The tensor that it gives. */
  readonly output: string;
}

/** The layer that reads a tensor, without the ReLU behind it. */
function readLayer(graph: Graph, input: string): ReadLayer {
  if (nextIf(graph, input, 'DynamicQuantizeLinear')) return readDynamic(graph, input);
  if (nextIf(graph, input, 'QuantizeLinear')) return readStatic(graph, input);
  return readFloat32(graph, input);
}

function readFloat32(graph: Graph, input: string): ReadLayer {
  const gemm = reader(graph, input, 'Gemm');
  const linear = layersWithWeights(graph).layers.find(({ node }) => node === gemm);
  if (!linear) throw new Error(`the weights and the bias of "${input}" must be float32 constants`);
  const { weight, outputAxis, bias, output } = linear;
  const { dims, data } = outputAxis === 1 ? weight : transposed(weight);
  const shape = { inputs: dims[0], outputs: dims[1], relu: false };
  return { layer: { kind: 'float32', ...shape, weights: data, bias: bias?.data }, output };
}

function readDynamic(graph: Graph, input: string): ReadLayer {
  const quantize = reader(graph, input, 'DynamicQuantizeLinear');
  const product = reader(graph, quantize.output[0], 'MatMulInteger');
  const cast = reader(graph, product.output[0], 'Cast');
  const scaling = reader(graph, quantize.output[1], 'Mul');
  const scaled = reader(graph, cast.output[0], 'Mul');
  const weights = int8Weights(graph, product.input[1], product.input[3]);
  const scales = constant(graph, other(scaling, quantize.output[1]), 'float32').data;
  const add = nextIf(graph, scaled.output[0], 'Add');
  const bias = add && constant(graph, other(add, scaled.output[0]), 'float32').data;
  const [inputs, outputs] = weights.dims;
  const shape = { inputs, outputs, relu: false };
  return {
    layer: { kind: 'dynamic', ...shape, weights: weights.data, scales, bias },
    output: (add ?? scaled).output[0],
  };
}

function readStatic(graph: Graph, input: string): ReadLayer {
  const quantize = reader(graph, input, 'QuantizeLinear');
  const dequantize = reader(graph, quantize.output[0], 'DequantizeLinear');
  const gemm = reader(graph, dequantize.output[0], 'Gemm');
  const [, weightName, biasName] = gemm.input;
  const [integers, weightScale, zeroPoint] = dequantized(graph, weightName);
  const stored = int8Weights(graph, integers, zeroPoint);
  const weights = attribute(gemm, 'transB', 0) === 0 ? stored : transposed(stored);
  const [inputs, outputs] = weights.dims;
  const [scale, zero] = [
    constant(graph, quantize.input[1], 'float32').data[0],
    constant(graph, quantize.input[2]),
  ];
  const inputMapping = { scale, zeroPoint: zero.data[0] + (zero.dtype === 'int8' ? 128 : 0) };
  const scales = constant(graph, weightScale, 'float32').data;
  const bias = biasName
    ? constant(graph, dequantized(graph, biasName)[0], 'int32').data
    : undefined;
  const shape = { inputs, outputs, relu: false };
  return {
    layer: { kind: 'static', ...shape, weights: weights.data, scales, inputMapping, bias },
    output: gemm.output[0],
  };
}

/** What the DequantizeLinear reads that gives a tensor. */
function dequantized(graph: Graph, tensor: string): readonly string[] {
  const maker = graph.node.find(({ output }) => output.includes(tensor));
  if (maker?.opType === 'DequantizeLinear') return maker.input;
  throw new Error(`"${tensor}" must come from DequantizeLinear, as in the form QDQ`);
}

/** The only node that reads a tensor. */
function reader(graph: Graph, tensor: string, opType: string): Node {
  const node = nextIf(graph, tensor, opType);
  if (node) return node;
  const found = graph.node.filter(({ input }) => input.includes(tensor));
  throw new Error(
    `${opType} must read "${tensor}", and nothing else, as in a feed-forward model, float32 or of ` +
      'toFloat16, quantizeDynamic or quantizeStatic (QDQ); ' +
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

function int8Weights(graph: Graph, name: string, zeroPointName: string): TensorOf<'int8'> {
  const [weights, zeroPoint] = [constant(graph, name), constant(graph, zeroPointName)];
  if (weights.dtype === 'int8' && zeroPoint.data.every((value) => value === 0)) return weights;
  throw new Error(
    'the kernel takes int8 weights whose zero point is 0: quantize to weightType int8, and types other than U8U8',
  );
}

function constant(graph: Graph, name: string): Tensor;
function constant<T extends Tensor['dtype']>(graph: Graph, name: string, dtype: T): TensorOf<T>;
function constant(graph: Graph, name: string, dtype?: Tensor['dtype']): Tensor {
  const initializer = findInitializer(graph, name);
  if (!initializer) throw new Error(`"${name}" must be a constant of the model`);
  const tensor = readTensor(initializer);
  if (dtype && tensor.dtype !== dtype) {
    throw new Error(`"${name}" is ${tensor.dtype}: the kernel takes ${dtype} there`);
  }
  return tensor;
}
