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
 * @throws what {@link replaceLayers} throws
 */
export function quantizeQdq(model: Uint8Array, parameters: StaticParameters): Uint8Array {
  // ONNX Runtime's quantizer makes all weights per channel symmetric in this form, uint8 ones too.
  const scheme = parameters.perChannel ? 'symmetric' : undefined;
  return replaceLayers(model, (layer, constants) =>
    dequantizedLayer(layer, constants, { ...parameters, scheme }),
  );
}

function dequantizedLayer(
  layer: LinearLayer,
  constants: NewConstants,
  parameters: Parameters<typeof integerLayer>[2],
): Node[] {
  const { input, output, bias, outputAxis } = layer;
  const quantizedLayer = integerLayer(layer, constants, parameters);
  const { inputMapping, weights } = quantizedLayer;
  const [quantized, dequantized] = [`${input}_quantized`, `${input}_dequantized`];
  const weightOutput = `${output}_weight`;
  const nodes = [
    node('QuantizeLinear', [input, ...inputMapping], [quantized]),
    node('DequantizeLinear', [quantized, ...inputMapping], [dequantized]),
    node('DequantizeLinear', weights, [weightOutput], { axis: outputAxis }),
  ];
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
