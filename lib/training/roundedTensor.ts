import type { Tensor2D } from '@tensorflow/tfjs';
import type { Tfjs } from '#lib/models/backend';
import type { Passed } from '#lib/models/forward';
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
): Passed {
  return {
    value: tf.tensor2d(round(x.dataSync<'float32'>()), x.shape),
    back: (gradient) => {
      const before = gradient.dataSync<'float32'>();
      const after = round(before);
      onGradient?.(before, after);
      return tf.tensor2d(after, x.shape);
    },
  };
}
