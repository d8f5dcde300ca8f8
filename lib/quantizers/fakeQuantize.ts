import { integerRange } from '#lib/quantizers/integerRange';
import type { LinearLayer } from '#lib/quantizers/linearLayers';
import type { Scheme } from '#lib/quantizers/linearMapping';
import { replaceLayers } from '#lib/quantizers/replaceLayers';
import { reconstructTensor, type Granularity } from '#lib/quantizers/tensorMapping';

export interface FakeQuantizeOptions {
  /** Bits of a weight, from 2 to 16. */
  readonly bits: number;
  /** Symmetric if left out. */
  readonly scheme?: Scheme;
  /** A scale for each output of a layer instead of one for the whole layer. */
  readonly perChannel?: boolean;
  /** A scale for this many neighbouring inputs of each output. */
  readonly blockSize?: number;
}

/**
 * A float32 model whose weights are what quantizing and dequantizing leaves of them: it shows what a
 * bit width does to accuracy also where no engine computes with it. Biases and activations stay as
 * they are.
 *
 * @param model content of an ONNX file, operator set 11 or later
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
  { bits, scheme = 'symmetric', perChannel = false, blockSize }: FakeQuantizeOptions,
): Float32Array {
  const integers = integerRange({ bits, signed: true, narrow: scheme === 'symmetric' });
  let granularity: Granularity = { per: 'tensor' };
  if (perChannel) granularity = { per: 'channel', axis: outputAxis };
  if (blockSize) granularity = { per: 'block', axis: 1 - outputAxis, blockSize };
  return reconstructTensor(weight.data, weight.dims, { granularity, integers, scheme });
}
