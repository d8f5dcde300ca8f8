import type * as tfjs from '@tensorflow/tfjs';
import type { Tfjs } from '#lib/models/backend';

/** Loss of a batch, and its slope. */
export interface LossAndGradients extends tfjs.TensorContainerObject {
  /** Mean cross-entropy of the batch, nats. */
  readonly loss: tfjs.Scalar;
  /** Of the loss, by each parameter, in their order and shapes. */
  readonly gradients: tfjs.Tensor2D[];
}

/**
 * Loss of a network (see `forward`) and its gradients, by the chain rule from the logits back:
 *
 *     dz = (softmax(z) − y) / batch     for the logits, else dz = dx where x > 0
 *     dW = xᵀ dz     db = Σ dz over the batch     dx = dz Wᵀ
 *
 * Written by hand as tfjs' own gradients multiply by transposed matrices: the kernels of both backends
 * are several times slower where the transposed one is as large as the weights, and WebAssembly's ten
 * times slower where any is. Here only activations are transposed, beforehand.
 *
 * @param parameters weights [inputs, outputs] and bias [1, outputs] of each layer, in turn
 * @param x examples [batch, inputs]
 * @param y their classes, one-hot [batch, classes]
 */
export function lossAndGradients(
  tf: Tfjs,
  parameters: readonly tfjs.Tensor2D[],
  x: tfjs.Tensor2D,
  y: tfjs.Tensor2D,
): LossAndGradients {
  const layers = parameters.length / 2;
  const weights = parameters.filter((_, i) => i % 2 === 0);
  const biases = parameters.filter((_, i) => i % 2 === 1);
  /** What each layer reads, and in the end the logits. */
  const values = [x];
  for (let i = 0; i < layers; i++) {
    const z = tf.add<tfjs.Tensor2D>(tf.matMul(values[i], weights[i]), biases[i]);
    values.push(i + 1 < layers ? tf.relu(z) : z);
  }
  const logProbabilities = tf.logSoftmax(values[layers]);
  const loss = tf.neg<tfjs.Scalar>(tf.mean(tf.sum(tf.mul(y, logProbabilities), 1)));

  const gradients: tfjs.Tensor2D[] = [];
  let dz = tf.div<tfjs.Tensor2D>(tf.sub(tf.exp(logProbabilities), y), x.shape[0]);
  for (let i = layers - 1; i >= 0; i--) {
    gradients.unshift(tf.matMul(tf.transpose(values[i]), dz), tf.sum(dz, 0, true));
    if (i === 0) break; // nobody asks for the gradient of the examples
    const dx = tf.transpose(tf.matMul(weights[i], tf.transpose(dz)));
    dz = tf.mul(dx, tf.sign(values[i])); // after ReLU: 0 or 1
  }
  return { loss, gradients };
}
