import { joinChannels, splitChannels } from '#lib/quantizers/channels';
import { integerRange } from '#lib/quantizers/integerRange';
import type { LinearLayer } from '#lib/quantizers/linearLayers';
import { dequantize, linearMapping, quantize, type Scheme } from '#lib/quantizers/linearMapping';
import { minMax } from '#lib/quantizers/observer';
import { replaceLayers } from '#lib/quantizers/replaceLayers';

export interface FakeQuantizeOptions {
  /** Bits of a weight, from 2 to 16. */
  readonly bits: number;
  /** Symmetric if left out. */
  readonly scheme?: Scheme;
  /** A scale for each output of a layer instead of one for the whole layer. */
  readonly perChannel?: boolean;
}

/**
 * A float32 model whose weights are what quantizing and dequantizing leaves of them: it shows what a
 * bit width does to accuracy also where no engine computes with it. Biases and activations stay as
 * they are.
 *
 * @param model content of an ONNX file, operator set 13 or later
 * @returns content of the model's file, as large as before
 * @throws Error if `model` is no such file or has no fully connected layer
 */
export function fakeQuantize(model: Uint8Array, options: FakeQuantizeOptions): Uint8Array {
  return replaceLayers(model, (layer, constants) => {
    const [input, , ...bias] = layer.node.input;
    const data = reconstructedWeights(layer, options);
    const { dims } = layer.weight;
    const name = constants.add(`${layer.weight.name}_reconstructed`, {
      dtype: 'float32',
      dims,
      data,
    });
    return [{ ...layer.node, input: [input, name, ...bias] }];
  });
}

/**
 * A layer's weights, quantized and dequantized.
 *
 * Integers are signed; with the symmetric scheme the lowest is left out, so that 8 bits are -127..127.
 *
 * @returns float32, in the shape of the weights
 */
export function reconstructedWeights(
  { weight, outputAxis }: LinearLayer,
  { bits, scheme = 'symmetric', perChannel = false }: FakeQuantizeOptions,
): Float32Array {
  const integers = integerRange({ bits, signed: true, narrow: scheme === 'symmetric' });
  const axis = perChannel ? outputAxis : undefined;
  const channels = splitChannels(weight.data, weight.dims, axis).map((values) => {
    const mapping = linearMapping(minMax(values), integers, scheme);
    return dequantize(quantize(values, mapping), mapping);
  });
  return joinChannels(channels, weight.dims, axis, new Float32Array(weight.data.length));
}
