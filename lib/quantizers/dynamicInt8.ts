import { node, type Node } from '#lib/onnx/graph';
import type { NewConstants } from '#lib/onnx/rewrite';
import { elementTypeCode } from '#lib/onnx/tensor';
import type { LinearLayer } from '#lib/quantizers/linearLayers';
import { quantizeWeights, type TypedWeightOptions } from '#lib/quantizers/quantizedWeights';
import { replaceLayers, type LayerSelection } from '#lib/quantizers/replaceLayers';
import { transposed } from '#lib/quantizers/transposed';

/**
 * Dynamic quantization: int8 or uint8 weights, made here, and uint8 activations, whose scale and zero
 * point the engine finds anew for each batch, over all of its rows. Biases stay float32; so do layers
 * other than fully connected ones.
 *
 * A layer `Gemm(x, W, b)` becomes
 *
 *     xq, xScale, xZero = DynamicQuantizeLinear(x)          uint8, per tensor
 *     y = Cast(MatMulInteger(xq, Wq, xZero, WZero)) · (xScale · WScale) + b
 *
 * which ONNX Runtime runs as one node, DynamicQuantizeMatMul. Weights, scales and zero points are
 * those of its own `quantize_dynamic`, byte for byte.
 *
 * @param model content of an ONNX file, operator set 11 or later
 * @returns content of the quantized model's file
 * @throws Error if `model` is no such file or has no layer to quantize
 */
export function quantizeDynamic(
  model: Uint8Array,
  options: TypedWeightOptions & LayerSelection = {},
): Uint8Array {
  return replaceLayers(
    model,
    (layer, constants) => integerLayer(layer, constants, options),
    options,
  );
}

function integerLayer(
  layer: LinearLayer,
  constants: NewConstants,
  options: TypedWeightOptions,
): Node[] {
  const { input, output, weight, bias, outputAxis } = layer;
  const { values, scale, zeroPoint } = quantizeWeights(layer, options);
  const weightValues = constants.add(
    `${weight.name}_quantized`,
    outputAxis === 1 ? values : transposed(values),
  );
  const weightScale = constants.add(`${weight.name}_scale`, scale);
  const weightZero = constants.add(`${weight.name}_zero_point`, zeroPoint);
  const [xq, xScale, xZero] = [`${input}_quantized`, `${input}_scale`, `${input}_zero_point`];
  const [integers, floats, scales] = [`${output}_int32`, `${output}_float`, `${output}_scales`];
  const product = bias ? `${output}_product` : output;
  return [
    node('DynamicQuantizeLinear', [input], [xq, xScale, xZero]),
    node('MatMulInteger', [xq, weightValues, xZero, weightZero], [integers]),
    node('Cast', [integers], [floats], { to: elementTypeCode('float32') }),
    node('Mul', [xScale, weightScale], [scales]),
    node('Mul', [floats, scales], [product]),
    ...(bias ? [node('Add', [product, bias.name], [output])] : []),
  ];
}
