import type { Tensor2D } from '@tensorflow/tfjs';
import type { Tfjs } from '#lib/models/backend';
import type { Rounding } from '#lib/training/rounding';

/**
 * A tensor rounded to a format, in both directions: what is read is rounded, and so is the gradient that
 * comes back.
 *
 * @param onGradient told a gradient before and after it is rounded
 */
export function roundedTensor(
  tf: Tfjs,
  x: Tensor2D,
  round: Rounding,
  onGradient?: (before: Float32Array, after: Float32Array) => void,
): Tensor2D {
  const throughFormat = tf.customGrad((input) => ({
    value: tf.tensor2d(round((input as Tensor2D).dataSync<'float32'>()), x.shape),
    gradFunc: (gradient: Tensor2D) => {
      const before = gradient.dataSync<'float32'>();
      const after = round(before);
      onGradient?.(before, after);
      return tf.tensor2d(after, x.shape);
    },
  }));
  return throughFormat(x);
}
