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

/** What a tensor is in a network. */
export type TensorRole = 'weights' | 'bias' | 'activations' | 'logits';

/** What became of a tensor, and on the way back of its gradient. */
export interface Passed {
  readonly value: tfjs.Tensor2D;
  /** @param gradient of the loss by `value`; gives that by the tensor */
  readonly back: (gradient: tfjs.Tensor2D) => tfjs.Tensor2D;
}

/** As it is. */
export function unchanged(value: tfjs.Tensor2D): Passed {
  return { value, back: (gradient) => gradient };
}

/**
 * What becomes of a tensor before it is read, such as rounding.
 *
 * @param layer the layer that reads the tensor, or gives the logits, from 0
 */
export type Through = (x: tfjs.Tensor2D, role: TensorRole, layer: number) => Passed;

/**
 * Logits of a batch: x W + b in every layer, ReLU between layers.
 *
 * @param through applied to the inputs of each layer and to the logits; they stay as they are if left out
 */
export function forward(
  tf: Tfjs,
  parameters: readonly tfjs.Tensor[],
  batch: tfjs.Tensor2D,
  through: Through = unchanged,
): tfjs.Tensor2D {
  const layers = parameters.length / 2;
  let x = batch;
  for (let i = 0; i < layers; i++) {
    const [weights, bias] = parameters.slice(2 * i) as tfjs.Tensor2D[];
    const z = tf.add<tfjs.Tensor2D>(
      tf.matMul(through(x, 'activations', i).value, through(weights, 'weights', i).value),
      through(bias, 'bias', i).value,
    );
    x = i + 1 < layers ? tf.relu(z) : through(z, 'logits', i).value;
  }
  return x;
}

/** Rows in a batch, which changes no logit. */
const batchSize = 256;

/**
 * Logits that tfjs computes, for comparison with the exported model, or with what no engine computes.
 *
 * @param through applied to weights and biases once, as they are the same in all batches
 * @returns float32, shape [rows, classes], row-major
 */
export async function tfjsLogits(
  network: Network,
  features: Features,
  through?: Through,
): Promise<Float32Array> {
  const { tf } = await tfjsBackend();
  const rows = rowCount(features);
  const classes = network[network.length - 1].outputs;
  const logits = new Float32Array(rows * classes);
  const roles: readonly TensorRole[] = ['weights', 'bias'];
  const ofOthers: Through | undefined =
    through &&
    ((x, role, layer) => (roles.includes(role) ? unchanged(x) : through(x, role, layer)));
  tf.tidy(() => {
    const parameters = parameterTensors(tf, network).map((tensor, i) =>
      through ? through(tensor, roles[i % 2], Math.floor(i / 2)).value : tensor,
    );
    for (let start = 0; start < rows; start += batchSize) {
      const end = Math.min(start + batchSize, rows);
      const batch = denseBatch(features, rowRange(start, end));
      tf.tidy(() => {
        const x = tf.tensor2d(batch, [end - start, features.width]);
        logits.set(forward(tf, parameters, x, ofOthers).dataSync(), start * classes);
      });
    }
  });
  return logits;
}
