import { node, type Node } from '#lib/onnx/graph';
import type { NewConstants } from '#lib/onnx/rewrite';
import { integerLayer, type StaticParameters } from '#lib/quantizers/integerLayer';
import type { LinearLayer } from '#lib/quantizers/linearLayers';
import { replaceLayers } from '#lib/quantizers/replaceLayers';

/**
 * Static quantization in the QDQ form of ONNX. A layer `Gemm(x, W, b)` becomes
 *
 *     Gemm(DequantizeLinear(QuantizeLinear(x)), DequantizeLinear(Wq), DequantizeLinear(bq))
 *
 * which ONNX Runtime runs in integers as one node, QGemm; a ReLU before the next QuantizeLinear it
 * drops, since the lowest integer stands for 0.
 *
 * @param only what to quantize of each layer; weights, activations and biases if left out
 * @throws what {@link replaceLayers} throws
 */
export function quantizeQdq(
  model: Uint8Array,
  parameters: StaticParameters,
  only?: 'weights' | 'activations',
): Uint8Array {
  // ONNX Runtime's quantizer makes all weights per channel symmetric in this form, uint8 ones too.
  const scheme = parameters.perChannel ? 'symmetric' : undefined;
  return replaceLayers(
    model,
    (layer, constants) => dequantizedLayer(layer, constants, { ...parameters, scheme, only }),
    parameters,
  );
}

function dequantizedLayer(
  layer: LinearLayer,
  constants: NewConstants,
  {
    only,
    ...parameters
  }: Parameters<typeof integerLayer>[2] & { readonly only?: 'weights' | 'activations' },
): Node[] {
  const { input, output, bias, outputAxis } = layer;
  const quantizedLayer = integerLayer(layer, constants, parameters);
  const { inputMapping, weights } = quantizedLayer;
  const [quantized, dequantized] = [`${input}_quantized`, `${input}_dequantized`];
  const weightOutput = `${output}_weight`;
  const activationNodes = [
    node('QuantizeLinear', [input, ...inputMapping], [quantized]),
    node('DequantizeLinear', [quantized, ...inputMapping], [dequantized]),
  ];
  const weightNode = node('DequantizeLinear', weights, [weightOutput], { axis: outputAxis });
  const [, ...floatParameters] = layer.node.input;
  const [, ...floatBias] = floatParameters;
  if (only === 'weights') {
    return [weightNode, { ...layer.node, input: [input, weightOutput, ...floatBias] }];
  }
  if (only === 'activations') {
    return [...activationNodes, { ...layer.node, input: [dequantized, ...floatParameters] }];
  }
  const nodes = [...activationNodes, weightNode];
  const gemmInputs = [dequantized, weightOutput];
  if (bias && quantizedLayer.bias) {
    const { scale, values } = quantizedLayer.bias;
    const biasInputs = [
      constants.add(`${bias.name}_quantized`, values),
      constants.add(`${bias.name}_scale`, scale),
    ];
    const biasOutput = `${output}_bias`;
    nodes.push(node('DequantizeLinear', biasInputs, [biasOutput], { axis: 0 }));
    gemmInputs.push(biasOutput);
  }
  return [...nodes, { ...layer.node, input: gemmInputs }];
}
