import { onnx } from 'onnx-proto';
import {
  attribute,
  findInitializer,
  innerGraphs,
  isDefaultDomain,
  nodeLabel,
  type Graph,
  type Node,
} from '#lib/onnx/graph';
import { elementTypeCode, readTensor, type TensorOf } from '#lib/onnx/tensor';
import { readCanonical } from '#lib/quantizers/canonicalLayers';

/** A constant of the model. */
export interface Parameter extends TensorOf<'float32'> {
  readonly name: string;
}

/**
 * A fully connected layer of a model, `y = x W + b`: a Gemm node with constant float32 weights, or a
 * MatMul node with such weights [inputs, outputs] where `x` has another number of axes than 2, or one
 * that isn't known. A MatMul has no bias here: an Add behind it stays as it is.
 */
export interface LinearLayer {
  readonly node: Node;
  /** Name of the tensor that it reads, float32 [batch, inputs] or, for a MatMul, […, inputs]. */
  readonly input: string;
  /** Name of the tensor that it gives, float32 [batch, outputs] or […, outputs]. */
  readonly output: string;
  readonly weight: Parameter;
  /** Axis of the weights along which the outputs lie: 1 for [inputs, outputs], 0 for [outputs, inputs]. */
  readonly outputAxis: 0 | 1;
  /** Shape [outputs]. */
  readonly bias?: Parameter;
}

/** A node that holds or multiplies weights, and is left as it is. */
export interface LayerLeft {
  /** Its name, or that of the tensor that it gives. */
  readonly node: string;
  readonly operator: string;
  /** Why it isn't quantized: `weights not float32 (float16)`. */
  readonly reason: string;
}

/**
 * The fully connected layers of a graph that {@link readCanonical} gave, in order: the nodes that the
 * quantizers work on.
 *
 * @throws Error if there are none
 * @throws RangeError if a weight or bias is NaN or infinite
 */
export function linearLayers(graph: Graph): LinearLayer[] {
  const { layers, left } = layersWithWeights(graph);
  if (layers.length === 0) {
    const operators = [...new Set(graph.node.map(({ opType }) => opType))];
    throw new Error(
      'This model has no layer that can be quantized: that is a Gemm or MatMul node with constant ' +
        `float32 weights. Its nodes are: ${operators.join(', ')}.` +
        left.map(({ node, operator, reason }) => ` ${operator} "${node}": ${reason}.`).join(''),
    );
  }
  for (const { weight, bias } of layers) {
    requireFinite(weight);
    if (bias) requireFinite(bias);
  }
  return layers;
}

/**
 * The nodes of a model that hold or multiply weights and that every quantizer leaves in float32, with
 * the reason.
 *
 * @param model content of an ONNX file
 * @throws Error if `model` is no such file
 */
export function layersLeft(model: Uint8Array): LayerLeft[] {
  return layersWithWeights(readCanonical(model).graph).left;
}

/** All nodes of a graph that hold or multiply weights: the layers to quantize, and those left as they are. */
export function layersWithWeights(graph: Graph): { layers: LinearLayer[]; left: LayerLeft[] } {
  const found = graph.node.flatMap((node) => linearLayer(graph, node) ?? []);
  return {
    layers: found.filter((layer) => 'weight' in layer),
    left: found.filter((layer) => 'reason' in layer),
  };
}

/** The layer that a node is, or why it stays as it is; undefined for a node without weights. */
function linearLayer(graph: Graph, node: Node): LinearLayer | LayerLeft | undefined {
  const left = (reason: string): LayerLeft => ({
    node: nodeLabel(node),
    operator: node.opType,
    reason,
  });
  const inside = nodesInside(node);
  if (inside.some(({ opType }) => opType === 'Gemm' || opType === 'MatMul')) {
    return left('layers inside of branches and loops are not looked for');
  }
  if (!isDefaultDomain(node) || (node.opType !== 'Gemm' && node.opType !== 'MatMul')) {
    return holdsWeights(graph, node) ? left('only Gemm and MatMul are quantized') : undefined;
  }
  const [input, weightName, biasName] = node.input;
  const weight = parameter(graph, weightName);
  if (typeof weight === 'string') return left(`weights ${weight}`);
  const axes = weight.dims.length;
  if (axes !== 2) return left(`weights with ${axes} ${axes === 1 ? 'axis' : 'axes'}, not 2`);
  if (weight.data.length === 0) return left('weights of no elements');
  if (attribute(node, 'transA', 0) !== 0) return left('input transposed (transA)');
  const outputAxis = attribute(node, 'transB', 0) === 0 ? 1 : 0;
  const layer = { node, input, output: node.output[0], weight, outputAxis } as const;
  if (!biasName) return layer;
  const bias = parameter(graph, biasName);
  if (typeof bias === 'string') return left(`bias ${bias}`);
  const isVector = bias.dims.length === 1 && bias.dims[0] === weight.dims[outputAxis];
  return isVector
    ? { ...layer, bias }
    : left(`bias of shape [${bias.dims.join(', ')}], not one number for each output`);
}

/** A float32 constant, or what else there is by this name. */
function parameter(graph: Graph, name: string): Parameter | string {
  const initializer = findInitializer(graph, name);
  if (!initializer) {
    const maker = graph.node.find(({ output }) => output.includes(name));
    return maker
      ? `not constant (computed by ${maker.opType})`
      : 'not constant (an input of the model)';
  }
  if (initializer.dataType !== elementTypeCode('float32')) {
    const type = onnx.TensorProto.DataType[initializer.dataType ?? 0] as string | undefined;
    return `not float32 (${type?.toLowerCase() ?? 'unknown type'})`;
  }
  return { ...(readTensor(initializer) as TensorOf<'float32'>), name };
}

function requireFinite({ name, data }: Parameter): void {
  let index = 0; // a function for each of a million weights would take twenty times as long
  while (index < data.length && Number.isFinite(data[index])) index++;
  if (index === data.length) return;
  throw new RangeError(
    `Number ${index} of ${name} is ${data[index]}: only finite numbers can be quantized. ` +
      'A training that diverged leaves such numbers behind; train the model again.',
  );
}

const { FLOAT, FLOAT16, BFLOAT16, DOUBLE } = onnx.TensorProto.DataType;
const floats: readonly unknown[] = [FLOAT, FLOAT16, BFLOAT16, DOUBLE];

/** Whether a node reads a constant matrix, or has coefficients, as the operators for scikit-learn have. */
function holdsWeights(graph: Graph, node: Node): boolean {
  const readsMatrix = node.input.some((name) => {
    const constant = findInitializer(graph, name);
    const longAxes = constant?.dims?.filter((dim) => Number(dim) > 1) ?? [];
    return floats.includes(constant?.dataType) && longAxes.length >= 2;
  });
  return readsMatrix || (node.attribute ?? []).some(({ name }) => name === 'coefficients');
}

/** The nodes of the graphs inside of a node, such as the branches of an If. */
function nodesInside(node: Pick<onnx.INodeProto, 'attribute'>): onnx.INodeProto[] {
  return innerGraphs(node).flatMap(({ node }) =>
    (node ?? []).flatMap((inner) => [inner, ...nodesInside(inner)]),
  );
}
