import { attribute, findInitializer, type Graph, type Node } from '#lib/onnx/graph';
import { elementTypeCode, readTensor, type TensorOf } from '#lib/onnx/tensor';

/** A constant of the model. */
export interface Parameter extends TensorOf<'float32'> {
  readonly name: string;
}

/** A fully connected layer of a model, `y = x W + b`: a Gemm node with constant float32 weights. */
export interface LinearLayer {
  readonly node: Node;
  /** Name of the tensor that it reads, float32 [batch, inputs]. */
  readonly input: string;
  /** Name of the tensor that it gives, float32 [batch, outputs]. */
  readonly output: string;
  readonly weight: Parameter;
  /** Axis of the weights along which the outputs lie: 1 for [inputs, outputs], 0 for [outputs, inputs]. */
  readonly outputAxis: 0 | 1;
  /** Shape [outputs]. */
  readonly bias?: Parameter;
}

/**
 * The fully connected layers of a model, in order: the nodes that the quantizers work on.
 *
 * @throws Error if there are none
 * @throws RangeError if a weight or bias is NaN or infinite
 */
export function linearLayers(graph: Graph): LinearLayer[] {
  const layers = graph.node.flatMap((node) => linearLayer(graph, node) ?? []);
  if (layers.length === 0) {
    const operators = [...new Set(graph.node.map(({ opType }) => opType))];
    throw new Error(
      'This model has no layer that can be quantized: that is a Gemm node with constant float32 ' +
        `weights and bias. Its nodes are: ${operators.join(', ')}.`,
    );
  }
  return layers;
}

function linearLayer(graph: Graph, node: Node): LinearLayer | undefined {
  const isPlainGemm =
    node.opType === 'Gemm' &&
    !node.domain &&
    attribute(node, 'transA', 0) === 0 &&
    attribute(node, 'alpha', 1) === 1 &&
    attribute(node, 'beta', 1) === 1;
  if (!isPlainGemm) return undefined;
  const [input, weightName, biasName] = node.input;
  const weight = parameter(graph, weightName);
  if (weight?.dims.length !== 2) return undefined;
  const outputAxis = attribute(node, 'transB', 0) === 0 ? 1 : 0;
  const layer = { node, input, output: node.output[0], weight, outputAxis } as const;
  if (!biasName) return layer;
  const bias = parameter(graph, biasName);
  const isVector = bias?.dims.length === 1 && bias.dims[0] === weight.dims[outputAxis];
  return isVector ? { ...layer, bias } : undefined;
}

function parameter(graph: Graph, name: string): Parameter | undefined {
  const initializer = findInitializer(graph, name);
  if (initializer?.dataType !== elementTypeCode('float32')) return undefined;
  const tensor = readTensor(initializer) as TensorOf<'float32'>;
  const index = tensor.data.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) {
    throw new RangeError(
      `Number ${index} of ${name} is ${tensor.data[index]}: only finite numbers can be quantized. ` +
        'A training that diverged leaves such numbers behind; train the model again.',
    );
  }
  return { ...tensor, name };
}
