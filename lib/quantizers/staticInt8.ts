import { node, type Node } from '#lib/onnx/graph';
import type { NewConstants } from '#lib/onnx/rewrite';
import type { Ranges } from '#lib/quantizers/calibration';
import { integerRange } from '#lib/quantizers/integerRange';
import type { LinearLayer } from '#lib/quantizers/linearLayers';
import { linearMapping, type LinearMapping } from '#lib/quantizers/linearMapping';
import { quantizeBias, scaleForBias } from '#lib/quantizers/quantizedBias';
import { quantizeWeights, type WeightOptions } from '#lib/quantizers/quantizedWeights';
import { replaceLayers } from '#lib/quantizers/replaceLayers';

/**
 * Static quantization: int8 weights, int32 biases and uint8 activations, all with scales that are
 * fixed here; those of activations come from calibration. Layers other than fully connected ones stay
 * float32.
 *
 * A layer `Gemm(x, W, b)` becomes, in the QDQ form of ONNX,
 *
 *     Gemm(DequantizeLinear(QuantizeLinear(x)), DequantizeLinear(Wq), DequantizeLinear(bq))
 *
 * which ONNX Runtime runs in integers as one node, QGemm; a ReLU before the next QuantizeLinear it
 * drops, since the lowest uint8 stands for 0. Scales, zero points and integers are those of ONNX
 * Runtime's own `quantize_static` with `activation_type=QUInt8`, byte for byte. The output of the
 * last layer, which that function quantizes as well, comes as float32 right from the accumulators: no
 * layer reads it, and 256 levels would only make logits equal that are not.
 *
 * Activations are unsigned because x86 has no fast kernel for int8 · int8.
 *
 * @param model content of an ONNX file, operator set 13 or later
 * @param ranges what {@link calibrate} found for the same model
 * @returns content of the quantized model's file
 * @throws Error if `model` is no such file, has no layer to quantize, or a range is missing
 */
export function quantizeStatic(
  model: Uint8Array,
  ranges: Ranges,
  options: WeightOptions = {},
): Uint8Array {
  return replaceLayers(model, (layer, constants) =>
    integerLayer(layer, constants, activationMapping(layer.input, ranges), options),
  );
}

function activationMapping(tensor: string, ranges: Ranges): LinearMapping {
  const range = ranges.get(tensor);
  if (!range) {
    throw new Error(
      `There is no range for activation "${tensor}": calibrate this model itself, not another one.`,
    );
  }
  return linearMapping(range, integerRange({ bits: 8, signed: false }), 'affine');
}

/** The nodes that stand for a layer. */
function integerLayer(
  layer: LinearLayer,
  constants: NewConstants,
  activation: LinearMapping,
  options: WeightOptions,
): Node[] {
  const { input, output, weight, bias, outputAxis } = layer;
  const inputParameters = [
    constants.add(`${input}_scale`, {
      dtype: 'float32',
      dims: [],
      data: Float32Array.of(activation.scale),
    }),
    constants.add(`${input}_zero_point`, {
      dtype: 'uint8',
      dims: [],
      data: Uint8Array.of(activation.zeroPoint),
    }),
  ];
  const [quantized, dequantized] = [`${input}_quantized`, `${input}_dequantized`];
  const weights = quantizeWeights(layer, options, (scale, channel) => {
    const values = options.perChannel ? bias?.data.subarray(channel, channel + 1) : bias?.data;
    return values ? scaleForBias(scale, activation.scale, values) : scale;
  });
  const weightInputs = [
    constants.add(`${weight.name}_quantized`, weights.values),
    constants.add(`${weight.name}_scale`, weights.scale),
    constants.add(`${weight.name}_zero_point`, weights.zeroPoint),
  ];
  const weightOutput = `${output}_weight`;
  const nodes = [
    node('QuantizeLinear', [input, ...inputParameters], [quantized]),
    node('DequantizeLinear', [quantized, ...inputParameters], [dequantized]),
    node('DequantizeLinear', weightInputs, [weightOutput], { axis: outputAxis }),
  ];
  const gemmInputs = [dequantized, weightOutput];
  if (bias) {
    const { scale, values } = quantizeBias(bias, activation.scale, weights.scale);
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
