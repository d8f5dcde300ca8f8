import { rowCount, type Dataset } from '#lib/loaders/dataset';
import { tfjsBackend } from '#lib/models/backend';
import { batchGradients, randomBatches } from '#lib/models/batchGradients';
import { parameterTensors } from '#lib/models/forward';
import { initialNetwork, withParameters, type Network } from '#lib/models/network';
import { optimizer } from '#lib/models/optimizer';
import { classCount, inputWidth, layerWidths, type ModelSpec } from '#lib/models/spec';
import { seededRandom } from '#lib/random';

export interface TrainingOptions {
  /** Starts both the initial weights and the order of the examples. */
  readonly seed: number;
  /** Called after every step. `step` counts from 1; `loss` is the batch's mean cross-entropy. */
  readonly onStep?: (step: number, steps: number, loss: number) => void;
}

export interface Training {
  readonly network: Network;
  /** Mean cross-entropy (nats) of each step's batch. */
  readonly losses: Float32Array;
}

/** Steps of a whole training: batches in an epoch, the last one possibly short, times epochs. */
export function trainingSteps(spec: ModelSpec, examples: number): number {
  return Math.ceil(examples / spec.batchSize) * spec.epochs;
}

/**
 * Trains a network with Adam on the cross-entropy of its softmax. Initial weights and the order of
 * examples in each epoch come from the seed; tfjs computes the gradients, for sparse examples only
 * with those rows of the first layer that the batch uses.
 *
 * The same seed, data, backend and versions give the same network. Another backend, CPU or number of
 * threads adds in another order: the last bits differ at first, and after thousands of steps the
 * accuracy may by some tenths of a point, as it does between seeds.
 *
 * @throws RangeError if the data doesn't have the width or the classes that the spec names
 * @throws Error if the loss stops being a number
 */
export async function train(
  spec: ModelSpec,
  dataset: Dataset,
  { seed, onStep }: TrainingOptions,
): Promise<Training> {
  const { features } = dataset.train;
  const width = inputWidth(spec) ?? features.width;
  const classes = classCount(spec);
  if (features.width !== width || dataset.classes !== classes) {
    throw new RangeError(
      `Model ${spec.name} takes rows of ${width} values in ${classes} classes; ` +
        `${dataset.name} was loaded with ${features.width} values in ${dataset.classes} classes.`,
    );
  }
  const { tf } = await tfjsBackend();
  const random = seededRandom(seed);
  const initial = initialNetwork(layerWidths(spec, width), random);
  const initialTensors = parameterTensors(tf, initial);
  const adam = await optimizer(initialTensors, { learningRate: spec.learningRate });
  tf.dispose(initialTensors);
  const examples = rowCount(features);
  const losses = new Float32Array(trainingSteps(spec, examples));
  const batches = randomBatches(random, examples, spec.batchSize);
  try {
    for (let step = 1; step <= losses.length; step++) {
      const batch = batches.next().value;
      const { loss, gradients, rows } = batchGradients(tf, adam, dataset.train, batch);
      adam.step(gradients, rows);
      tf.dispose(gradients);
      if (!Number.isFinite(loss)) {
        throw new Error(
          `Training ${spec.name} diverged: the loss is ${loss} at step ${step}. ` +
            `Lower the learning rate (now ${spec.learningRate}).`,
        );
      }
      losses[step - 1] = loss;
      onStep?.(step, losses.length, loss);
      await new Promise(setImmediate); // lets an interrupt and the progress display through
    }
    return { network: withParameters(initial, adam.values()), losses };
  } finally {
    adam.dispose();
  }
}
