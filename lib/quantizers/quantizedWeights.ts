import type { TensorOf } from '#lib/onnx/tensor';
import { joinChannels, splitChannels } from '#lib/mapping/channels';
import { integerRange } from '#lib/mapping/integerRange';
import type { LinearLayer } from '#lib/quantizers/linearLayers';
import { linearMapping, quantize, type Scheme } from '#lib/mapping/linearMapping';
import { minMax } from '#lib/mapping/valueRange';

export interface WeightOptions {
  /** A scale for each output of a layer instead of one for the whole layer. */
  readonly perChannel?: boolean;
  /**
   * One bit less for weights: int8 within -64..64 instead of -127..127, which is the default, or uint8
   * of 128 levels instead of 256, which has to be asked for.
   *
   * Of the kernels that ONNX Runtime has for uint8 · int8, those for x86 without VNNI add pairs of
   * products in 16 bits, which overflow silently with greater weights: predictions then depend on the
   * CPU. Weights within -64..64 are half as fine, but exact and at full speed on every CPU. The other
   * ways out cost more: int8 activations have no fast kernel on x86, uint8 weights a slower one that
   * can't overflow, and the session option `session.x64quantprecision` turns the weights into those.
   */
  readonly reduceRange?: boolean;
}

export type WeightType = 'int8' | 'uint8';

export interface TypedWeightOptions<T extends WeightType = WeightType> extends WeightOptions {
  /** int8 if left out. */
  readonly weightType?: T;
}

/** Weights of a layer as integers of 8 bits. */
export interface QuantizedWeights<T extends WeightType = WeightType> {
  /** As many as outputs, or a scalar. */
  readonly scale: TensorOf<'float32'>;
  /** As many as scales. */
  readonly zeroPoint: Integers<T>;
  /** In the shape of the float32 weights. */
  readonly values: Integers<T>;
}

type Integers<T extends WeightType> = { [Each in T]: TensorOf<Each> }[T];

const integersOf = {
  int8: {
    full: integerRange({ bits: 8, signed: true, narrow: true }),
    reduced: { min: -64, max: 64 },
  },
  uint8: {
    full: integerRange({ bits: 8, signed: false }),
    reduced: { min: 0, max: 127 },
  },
};

/**
 * Quantizes a layer's weights as `quantize_dynamic` and `quantize_static` of ONNX Runtime do: to int8
 * symmetrically, so that zero points are 0, to uint8 affinely.
 *
 * @param scheme another one for uint8
 * @param atLeast a lower bound for the scale of each channel
 */
export function quantizeWeights(
  layer: LinearLayer,
  options: TypedWeightOptions<'int8'>,
): QuantizedWeights<'int8'>;
export function quantizeWeights(
  layer: LinearLayer,
  options: TypedWeightOptions & { readonly scheme?: Scheme },
  atLeast?: (scale: number, channel: number) => number,
): QuantizedWeights;
export function quantizeWeights(
  { weight, outputAxis }: LinearLayer,
  {
    perChannel = false,
    weightType = 'int8',
    reduceRange = weightType === 'int8',
    scheme = weightType === 'int8' ? 'symmetric' : 'affine',
  }: TypedWeightOptions & { readonly scheme?: Scheme },
  atLeast: (scale: number, channel: number) => number = (scale) => scale,
): QuantizedWeights {
  const { full, reduced } = integersOf[weightType];
  const axis = perChannel ? outputAxis : undefined;
  const channels = splitChannels(weight.data, weight.dims, axis);
  const mappings = channels.map((values, channel) => {
    const mapping = linearMapping(minMax(values), reduceRange ? reduced : full, scheme);
    // Where both ends of a reduced range round away from 0, one comes to lie outside of it.
    return { ...mapping, scale: atLeast(mapping.scale, channel), integers: full };
  });
  const values = joinChannels(
    channels.map((values, channel) => quantize(values, mappings[channel])),
    weight.dims,
    axis,
    new Int32Array(weight.data.length),
  );
  const dims = axis === undefined ? [] : [channels.length];
  return {
    scale: { dtype: 'float32', dims, data: Float32Array.from(mappings, ({ scale }) => scale) },
    zeroPoint: integers(
      weightType,
      dims,
      mappings.map(({ zeroPoint }) => zeroPoint),
    ),
    values: integers(weightType, weight.dims, values),
  };
}

function integers(
  dtype: WeightType,
  dims: readonly number[],
  values: ArrayLike<number>,
): Integers<WeightType> {
  return dtype === 'int8'
    ? { dtype, dims, data: Int8Array.from(values) }
    : { dtype, dims, data: Uint8Array.from(values) };
}
