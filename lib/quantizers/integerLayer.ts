import type { NewConstants } from '#lib/onnx/rewrite';
import type { LinearLayer } from '#lib/quantizers/linearLayers';
import type { LinearMapping, Scheme } from '#lib/mapping/linearMapping';
import { quantizeBias, scaleForBias, type QuantizedBias } from '#lib/quantizers/quantizedBias';
import { quantizeWeights, type TypedWeightOptions } from '#lib/quantizers/quantizedWeights';
import type { LayerSelection } from '#lib/quantizers/replaceLayers';

/** How a model is quantized statically. */
export interface StaticParameters extends TypedWeightOptions, LayerSelection {
  readonly activationType: 'int8' | 'uint8';
  /**
   * The mapping of an activation, by name.
   *
   * @throws Error if its range isn't known
   */
  readonly activationMapping: (tensor: string) => LinearMapping;
}

/** What the nodes of a statically quantized layer read. */
export interface IntegerLayer {
  /** Names of scale and zero point of the layer's input. */
  readonly inputMapping: readonly [string, string];
  /** Names of the integers, their scale and their zero point. */
  readonly weights: readonly [string, string, string];
  readonly bias?: QuantizedBias;
}

/** Quantizes a layer's weights and bias, and adds them and the input's mapping to the constants. */
export function integerLayer(
  layer: LinearLayer,
  constants: NewConstants,
  parameters: StaticParameters & { readonly scheme?: Scheme },
): IntegerLayer {
  const { input, weight, bias } = layer;
  const inputScale = parameters.activationMapping(input).scale;
  const inputMapping = addMapping(input, constants, parameters);
  const { values, scale, zeroPoint } = quantizeWeights(layer, parameters, (scale, channel) => {
    if (!bias) return scale;
    return scaleForBias(scale, inputScale, parameters.perChannel ? bias.data[channel] : bias.data);
  });
  const weights = [
    constants.add(`${weight.name}_quantized`, values),
    constants.add(`${weight.name}_scale`, scale),
    constants.add(`${weight.name}_zero_point`, zeroPoint),
  ] as const;
  return {
    inputMapping,
    weights,
    ...(bias && { bias: quantizeBias(bias, inputScale, scale) }),
  };
}

/**
 * Adds the mapping of an activation to the constants.
 *
 * @returns names of its scale and its zero point
 */
export function addMapping(
  tensor: string,
  constants: NewConstants,
  { activationMapping, activationType }: StaticParameters,
): readonly [string, string] {
  const { scale, zeroPoint } = activationMapping(tensor);
  return [
    constants.add(`${tensor}_scale`, {
      dtype: 'float32',
      dims: [],
      data: Float32Array.of(scale),
    }),
    constants.add(
      `${tensor}_zero_point`,
      activationType === 'int8'
        ? { dtype: activationType, dims: [], data: Int8Array.of(zeroPoint) }
        : { dtype: activationType, dims: [], data: Uint8Array.of(zeroPoint) },
    ),
  ];
}
