import type { TensorOf } from '#lib/onnx/tensor';
import { joinChannels, splitChannels } from '#lib/quantizers/channels';
import { integerRange } from '#lib/quantizers/integerRange';
import type { LinearLayer } from '#lib/quantizers/linearLayers';
import { linearMapping, quantize } from '#lib/quantizers/linearMapping';
import { minMax } from '#lib/quantizers/observer';

export interface WeightOptions {
  /** A scale for each output of a layer instead of one for the whole layer. */
  readonly perChannel?: boolean;
  /**
   * Weights within -64..64, which is the default, instead of -127..127.
   *
   * Of the kernels that ONNX Runtime has for uint8 · int8, those for x86 without VNNI add pairs of
   * products in 16 bits, which overflow silently with greater weights: predictions then depend on the
   * CPU. Weights within -64..64 are half as fine, but exact and at full speed on every CPU. The other
   * ways out cost more: int8 activations have no fast kernel on x86, uint8 weights a slower one, and
   * the session option `session.x64quantprecision` turns the weights into those.
   */
  readonly reduceRange?: boolean;
}

/** Weights of a layer as int8; zero points are 0. */
export interface QuantizedWeights {
  /** As many as outputs, or a scalar. */
  readonly scale: TensorOf<'float32'>;
  readonly zeroPoint: TensorOf<'int8'>;
  /** In the shape of the float32 weights. */
  readonly values: TensorOf<'int8'>;
}

/**
 * Quantizes a layer's weights symmetrically to int8, as `quantize_dynamic` and `quantize_static` of
 * ONNX Runtime do.
 *
 * @param atLeast a lower bound for the scale of each channel
 */
export function quantizeWeights(
  { weight, outputAxis }: LinearLayer,
  { perChannel = false, reduceRange = true }: WeightOptions,
  atLeast: (scale: number, channel: number) => number = (scale) => scale,
): QuantizedWeights {
  const integers = reduceRange
    ? { min: -64, max: 64 }
    : integerRange({ bits: 8, signed: true, narrow: true });
  const axis = perChannel ? outputAxis : undefined;
  const channels = splitChannels(weight.data, weight.dims, axis);
  const mappings = channels.map((values, channel) => {
    const mapping = linearMapping(minMax(values), integers, 'symmetric');
    return { ...mapping, scale: atLeast(mapping.scale, channel) };
  });
  const dims = axis === undefined ? [] : [channels.length];
  return {
    scale: {
      dtype: 'float32',
      dims,
      data: Float32Array.from(mappings, ({ scale }) => scale),
    },
    zeroPoint: { dtype: 'int8', dims, data: new Int8Array(mappings.length) },
    values: {
      dtype: 'int8',
      dims: weight.dims,
      data: joinChannels(
        channels.map((values, channel) => quantize(values, mappings[channel])),
        weight.dims,
        axis,
        new Int8Array(weight.data.length),
      ),
    },
  };
}
