import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import type { Tfjs } from '#lib/models/backend';
import type { Passed } from '#lib/models/forward';
import type { LinearMapping } from '#lib/mapping/linearMapping';

/** A mapping whose scale may be one for each column: shape [1, columns]. */
export interface TensorScale extends Omit<LinearMapping, 'scale'> {
  readonly scale: Tensor;
}

/**
 * A tensor quantized and dequantized again, whose gradient passes as if it weren't: the straight-through
 * estimator (Bengio et al., 2013, arXiv:1308.3432), as quantization-aware training uses it (Jacob et al.,
 * 2018, arXiv:1712.05877).
 *
 *     y     = (clamp(q, min, max) − zeroPoint) · scale,   q = round(x / scale) + zeroPoint
 *     dx/dy = 1 where q lies within min..max, else 0
 *
 * Rounding is half to even, as in {@link LinearMapping}'s quantize. The true derivative is 0 nearly
 * everywhere, and nothing would be learnt.
 */
export function fakeQuantizedTensor(
  tf: Tfjs,
  x: Tensor2D,
  { scale, zeroPoint, integers }: TensorScale,
): Passed {
  const q = tf.add(tf.round(tf.div(x, scale)), zeroPoint);
  const clamped = tf.clipByValue(q, integers.min, integers.max);
  return {
    value: tf.mul<Tensor2D>(tf.sub(clamped, zeroPoint), scale),
    back: (gradient) => tf.mul<Tensor2D>(gradient, tf.cast(tf.equal(q, clamped), 'float32')),
  };
}
