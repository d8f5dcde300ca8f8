import { median } from 'simple-statistics';
import type { Tensor2D } from '@tensorflow/tfjs';
import { rowCount, type Split } from '#lib/loaders/dataset';
import { tfjsBackend, type Tfjs } from '#lib/models/backend';
import { batchGradients, randomBatches } from '#lib/models/batchGradients';
import { parameterTensors, type Through } from '#lib/models/forward';
import { withParameters, type Network } from '#lib/models/network';
import { optimizer } from '#lib/models/optimizer';
import { seededRandom } from '#lib/random';
import type { LossScaler } from '#lib/training/lossScaler';
import type { Rounding } from '#lib/training/rounding';

/** How the numbers of a training are rounded. */
export interface Arithmetic {
  /**
   * What tensors pass through in one step, which counts from 1.
   *
   * @param network gives the network from which the step starts, as a copy
   */
  readonly through?: (network: () => Network, step: number) => Through | undefined;
  /** Scales the loss; steps whose gradients are infinite or NaN are then left out. */
  readonly scaler?: LossScaler;
  /** Rounds the parameters after each step. If left out they are float32: master weights. */
  readonly keep?: Rounding;
}

export interface StepsOptions {
  readonly steps: number;
  readonly batchSize: number;
  /** Of Adam. */
  readonly learningRate: number;
  /** Whether the rate falls evenly from step to step, to 0 after the last. */
  readonly decay?: boolean;
  /** Starts the order of the examples. */
  readonly seed: number;
  readonly arithmetic: Arithmetic;
  /** Called after every step. `step` counts from 1; `loss` is the batch's mean cross-entropy. */
  readonly onStep?: (step: number, loss: number) => void;
}

export interface Steps {
  readonly network: Network;
  /** Mean cross-entropy (nats) of each step's batch. */
  readonly losses: Float32Array;
  /** Factor of the loss in each step. */
  readonly lossScales: Float32Array;
  /** Steps, from 1, that were left out as a gradient was infinite or NaN. */
  readonly skipped: readonly number[];
  /** Median time of a step. */
  readonly stepMilliseconds: number;
}

/**
 * Trains a network for some steps, as `train` does (Adam, cross-entropy), but in another arithmetic and
 * from any start. Loss, optimizer and parameters are float32 if the arithmetic doesn't say otherwise.
 *
 * @param start left as it is
 * @throws Error if the loss or a gradient stops being a number and there is no scaler
 */
export async function trainSteps(
  start: Network,
  split: Split,
  { steps, batchSize, learningRate, decay = false, seed, arithmetic, onStep }: StepsOptions,
): Promise<Steps> {
  const { through, scaler, keep } = arithmetic;
  const { tf } = await tfjsBackend();
  const initialTensors = parameterTensors(tf, start);
  const adam = await optimizer(initialTensors, { learningRate });
  tf.dispose(initialTensors);
  if (keep) adam.replace(keep);
  const network = (): Network => withParameters(start, adam.values());
  const [losses, lossScales] = [new Float32Array(steps), new Float32Array(steps)];
  const skipped: number[] = [];
  const milliseconds: number[] = [];
  const batches = randomBatches(seededRandom(seed), rowCount(split.features), batchSize);
  try {
    for (let step = 1; step <= steps; step++) {
      const began = performance.now();
      const batch = batches.next().value;
      const scale = scaler?.scale() ?? 1;
      const options = { through: through?.(network, step), scale };
      const { loss, gradients, rows } = batchGradients(tf, adam, split, batch, options);
      const finite = areFinite(tf, gradients);
      if (!finite && !scaler) {
        throw new Error(
          `Training diverged: the loss is ${loss} and a gradient infinite or NaN at step ${step}. ` +
            `Lower the learning rate (now ${learningRate}), or scale the loss.`,
        );
      }
      scaler?.update(finite);
      if (finite) {
        const rate = decay ? learningRate * (1 - (step - 1) / steps) : learningRate;
        tf.tidy(() => {
          adam.step(unscaled(tf, gradients, scale), rows, rate);
        });
        if (keep) adam.replace(keep);
      } else {
        skipped.push(step);
      }
      tf.dispose(gradients);
      losses[step - 1] = loss;
      lossScales[step - 1] = scale;
      milliseconds.push(performance.now() - began);
      onStep?.(step, loss);
      await new Promise(setImmediate); // lets progress through
    }
    const stepMilliseconds = steps > 0 ? median(milliseconds) : 0;
    return { network: network(), losses, lossScales, skipped, stepMilliseconds };
  } finally {
    adam.dispose();
  }
}

/** Gradients of the loss, of those of the loss times a factor. */
function unscaled(tf: Tfjs, gradients: readonly Tensor2D[], scale: number): readonly Tensor2D[] {
  return scale === 1 ? gradients : gradients.map((each) => tf.div<Tensor2D>(each, scale));
}

/** Whether all numbers are finite: 0 times infinity is NaN. */
function areFinite(tf: Tfjs, tensors: readonly Tensor2D[]): boolean {
  return tf.tidy(() => {
    const zeros = tensors.map((tensor) => tf.sum(tf.mul(tensor, 0)));
    return tf.stack(zeros).sum().dataSync()[0] === 0;
  });
}
