import type { Tfjs } from '#lib/models/backend';
import { unchanged, type Through } from '#lib/models/forward';
import type { Layer, Network } from '#lib/models/network';
import { integerRange } from '#lib/mapping/integerRange';
import { linearMapping, type LinearMapping } from '#lib/mapping/linearMapping';
import { fakeQuantizedTensor } from '#lib/training/fakeQuantizedTensor';

export interface NetworkQuantization {
  /** Of each weight, from 2 to 16. */
  readonly bits: number;
  /** Of the input of each layer, per tensor; activations stay float32 if left out. */
  readonly activations?: readonly LinearMapping[];
}

/**
 * Scales of a layer's weights, one for each output: symmetric, without the lowest integer, as
 * `reconstructedWeights` of the quantizers has them with `perChannel`.
 *
 * @returns shape [outputs]
 * @throws RangeError if a weight is infinite
 */
export function weightScales({ outputs, weights }: Layer, bits: number): Float32Array {
  const greatest = new Float32Array(outputs);
  for (let row = 0; row < weights.length; row += outputs) {
    for (let column = 0; column < outputs; column++) {
      const magnitude = Math.abs(weights[row + column]);
      if (magnitude > greatest[column]) greatest[column] = magnitude;
    }
  }
  const integers = integerRange({ bits, signed: true });
  return greatest.map(
    (max) => linearMapping({ min: -max, max }, integers, 'symmetric-narrow').scale,
  );
}

/**
 * Fake-quantizes the weights of a network, and the inputs of its layers, on their way into the matrix
 * products. Biases stay float32: as int32 with the scale of the sums they lose next to nothing.
 *
 * @param network where the scales come from; of its first layer the forward pass may see a few rows only
 */
export function quantizedThrough(
  tf: Tfjs,
  network: Network,
  { bits, activations }: NetworkQuantization,
): Through {
  const integers = integerRange({ bits, signed: true, narrow: true });
  const scales = network.map((layer) => weightScales(layer, bits));
  return (x, role, layer) => {
    if (role === 'weights') {
      const scale = tf.tensor2d(scales[layer], [1, scales[layer].length]);
      return fakeQuantizedTensor(tf, x, { scale, zeroPoint: 0, integers });
    }
    if (role !== 'activations' || !activations) return unchanged(x);
    const mapping = activations[layer];
    return fakeQuantizedTensor(tf, x, { ...mapping, scale: tf.scalar(mapping.scale) });
  };
}
