import type * as tfjs from '@tensorflow/tfjs';
import type { Tfjs } from '#lib/models/backend';
import { unchanged, type Through } from '#lib/models/forward';
import { gradientOperations } from '#lib/models/gradientOperations';

/** Loss of a batch, and its slope. */
export interface LossAndGradients extends tfjs.TensorContainerObject {
  /** Mean cross-entropy of the batch, nats. */
  readonly loss: tfjs.Scalar;
  /** Of the loss, by each parameter, in their order and shapes. */
  readonly gradients: tfjs.Tensor2D[];
}

export interface LossOptions {
  /** Applied as in `forward`, and to the gradients on their way back; not to that of the examples. */
  readonly through?: Through;
  /** What the gradients are multiplied by from the start, but not the loss. */
  readonly scale?: number;
}

/**
 * Loss of a network (see `forward`) and its gradients, by the chain rule from the logits back:
 *
 *     dz = (softmax(z) − y) / batch     for the logits, else dz = dx where x > 0
 *     dW = xᵀ dz     db = Σ dz over the batch     dx = dz Wᵀ
 *
 * Written by hand as tfjs' own gradients multiply by transposed weights: kernels of both backends are
 * several times slower where such a large matrix is transposed. Here only activations are.
 *
 * @param parameters weights [inputs, outputs] and bias [1, outputs] of each layer, in turn
 * @param x examples [batch, inputs]
 * @param classOf their classes, int32 [batch]
 */
export function lossAndGradients(
  tf: Tfjs,
  parameters: readonly tfjs.Tensor2D[],
  x: tfjs.Tensor2D,
  classOf: tfjs.Tensor1D,
  { through = unchanged, scale = 1 }: LossOptions = {},
): LossAndGradients {
  const operations = gradientOperations(tf);
  const last = parameters.length / 2 - 1;
  /** What each layer gives: the last one logits. */
  const outputs: tfjs.Tensor2D[] = [];
  const layers = Array.from({ length: last + 1 }, (_, i) => {
    const input = through(i === 0 ? x : outputs[i - 1], 'activations', i);
    const weights = through(parameters[2 * i], 'weights', i);
    const bias = through(parameters[2 * i + 1], 'bias', i);
    const z = tf.add<tfjs.Tensor2D>(operations.times(input.value, weights.value), bias.value);
    outputs.push(i < last ? tf.relu(z) : z);
    return { input, weights, bias };
  });
  const logits = through(outputs[last], 'logits', last);
  const { loss, slope } = operations.crossEntropy(logits.value, classOf);

  const gradients: tfjs.Tensor2D[] = [];
  let dz = logits.back(scale === 1 ? slope : tf.mul(slope, scale));
  for (let i = last; i >= 0; i--) {
    const { input, weights, bias } = layers[i];
    const dW = operations.transposedTimes(input.value, dz);
    gradients.unshift(weights.back(dW), bias.back(tf.sum(dz, 0, true)));
    if (i === 0) break; // nobody asks for the gradient of the examples
    const dx = input.back(tf.transpose(operations.timesTransposed(weights.value, dz)));
    dz = operations.reluGradient(dx, outputs[i - 1]);
  }
  return { loss, gradients };
}
