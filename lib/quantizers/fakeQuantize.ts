import { integerRange } from '#lib/mapping/integerRange';
import type { LinearLayer } from '#lib/quantizers/linearLayers';
import type { Scheme } from '#lib/mapping/linearMapping';
import { replaceParameters } from '#lib/quantizers/replaceParameters';
import { reconstructTensor } from '#lib/mapping/tensorMapping';
import { weightGranularity, type WeightGranularity } from '#lib/quantizers/weightGranularity';

export type FakeQuantizeOptions = WeightGranularity & {
  /** Bits of a weight, from 2 to 16. */
  readonly bits: number;
  /** `symmetric-narrow` if left out: 8 bits are -127..127. */
  readonly scheme?: Scheme;
};

/**
 * A float32 model whose weights are what quantizing and dequantizing leaves of them: it shows what a
 * bit width does to accuracy also where no engine computes with it. Biases and activations stay as
 * they are.
 *
 * It composes with what makes a model fit for quantization: `fakeQuantize(equalize(model), { bits })`.
 *
 * @param model content of an ONNX file, operator set 11 or later
 * @returns content of the model's file, as large as before
 * @throws Error if `model` is no such file or has no fully connected layer
 */
export function fakeQuantize(model: Uint8Array, options: FakeQuantizeOptions): Uint8Array {
  return replaceParameters(model, 'reconstructed', (layer) => ({
    weight: reconstructedWeights(layer, options),
  }));
}

/**
 * A layer's weights, quantized to signed integers and dequantized.
 *
 * @returns float32, in the shape of the weights
 */
export function reconstructedWeights(
  layer: LinearLayer,
  { bits, scheme = 'symmetric-narrow', ...granularity }: FakeQuantizeOptions,
): Float32Array {
  return reconstructTensor(layer.weight.data, layer.weight.dims, {
    granularity: weightGranularity(layer, granularity),
    integers: integerRange({ bits, signed: true }),
    scheme,
  });
}
