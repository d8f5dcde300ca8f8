import { findInitializer, node, value, type Graph, type Node } from '#lib/onnx/graph';
import { makeModel, type Model } from '#lib/onnx/model';
import { readTensor, tensorProto } from '#lib/onnx/tensor';
import type { Layer, Network } from '#lib/models/network';

/**
 * The network as an ONNX model: one Gemm a layer (weights [in, out], as in tfjs, so no transpose),
 * Relu between them. Input `input`, float32 [batch, width]; output `logits`, float32 [batch, classes];
 * weights and biases are called `layer1.weight`, `layer1.bias`, …
 */
export function exportOnnx(network: Network, name: string): Model {
  const outputs = network.map((_, i) => (i + 1 < network.length ? `layer${i + 1}` : 'logits'));
  const nodes = network.flatMap((_, i): Node[] => {
    const input = i === 0 ? 'input' : `${outputs[i - 1]}.relu`;
    const output = outputs[i];
    const gemm = node('Gemm', [input, weightName(i), biasName(i)], [output]);
    return output === 'logits' ? [gemm] : [gemm, node('Relu', [output], [`${output}.relu`])];
  });
  return makeModel({
    name,
    input: [value('input', 'float32', ['batch', network[0].inputs])],
    output: [value('logits', 'float32', ['batch', network[network.length - 1].outputs])],
    node: nodes,
    initializer: network.flatMap(({ inputs, outputs, weights, bias }, i) => [
      tensorProto(weightName(i), { dtype: 'float32', dims: [inputs, outputs], data: weights }),
      tensorProto(biasName(i), { dtype: 'float32', dims: [outputs], data: bias }),
    ]),
  });
}

/**
 * The network in a model that {@link exportOnnx} made.
 *
 * @throws Error if a layer's weights or bias are missing or not float32
 */
export function importNetwork({ graph }: Model): Network {
  return graph.node
    .filter(({ opType }) => opType === 'Gemm')
    .map((_, i): Layer => {
      const weights = float32(graph, weightName(i));
      const bias = float32(graph, biasName(i));
      const [inputs, outputs] = weights.dims;
      return { inputs, outputs, weights: weights.data, bias: bias.data };
    });
}

function weightName(layer: number): string {
  return `layer${layer + 1}.weight`;
}

function biasName(layer: number): string {
  return `layer${layer + 1}.bias`;
}

function float32(graph: Graph, name: string): { dims: readonly number[]; data: Float32Array } {
  const tensor = readTensor(findInitializer(graph, name) ?? { name });
  if (tensor.dtype !== 'float32') throw new Error(`${name} is ${tensor.dtype}, not float32`);
  return tensor;
}
