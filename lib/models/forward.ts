import type * as tfjs from '@tensorflow/tfjs';
import { denseBatch, rowCount, rowRange, type Features } from '#lib/loaders/dataset';
import { tfjsBackend, type Tfjs } from '#lib/models/backend';
import type { Network } from '#lib/models/network';

/** Weights and biases as tensors, in the order weights, bias, weights, bias, … */
export function parameterTensors(tf: Tfjs, network: Network): tfjs.Tensor2D[] {
  return network.flatMap(({ inputs, outputs, weights, bias }) => [
    tf.tensor2d(weights, [inputs, outputs]),
    tf.tensor2d(bias, [1, outputs]),
  ]);
}

/** Logits of a batch: x W + b in every layer, ReLU between layers. */
export function forward(
  tf: Tfjs,
  parameters: readonly tfjs.Tensor[],
  batch: tfjs.Tensor2D,
): tfjs.Tensor2D {
  let x = batch;
  for (let i = 0; i < parameters.length; i += 2) {
    const z = tf.add<tfjs.Tensor2D>(tf.matMul(x, parameters[i]), parameters[i + 1]);
    x = i + 2 < parameters.length ? tf.relu(z) : z;
  }
  return x;
}

/**
 * Logits that tfjs computes, for comparison with the exported model.
 *
 * @returns float32, shape [rows, classes], row-major
 */
export async function tfjsLogits(
  network: Network,
  features: Features,
  batchSize = 256,
): Promise<Float32Array> {
  const { tf } = await tfjsBackend();
  const rows = rowCount(features);
  const classes = network[network.length - 1].outputs;
  const logits = new Float32Array(rows * classes);
  for (let start = 0; start < rows; start += batchSize) {
    const end = Math.min(start + batchSize, rows);
    const batch = denseBatch(features, rowRange(start, end));
    tf.tidy(() => {
      const x = tf.tensor2d(batch, [end - start, features.width]);
      logits.set(forward(tf, parameterTensors(tf, network), x).dataSync(), start * classes);
    });
  }
  return logits;
}
