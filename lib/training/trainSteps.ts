import { median } from 'simple-statistics';
import { denseBatch, rowCount, type Split } from '#lib/loaders/dataset';
import { adam } from '#lib/models/adam';
import { tfjsBackend } from '#lib/models/backend';
import { forward, parameterTensors, type Through } from '#lib/models/forward';
import type { Layer, Network } from '#lib/models/network';
import { pickRows, spreadRows, usedColumns } from '#lib/models/usedColumns';
import { permutation, seededRandom, type Random } from '#lib/random';
import type { LossScaler } from '#lib/training/lossScaler';
import type { Rounding } from '#lib/training/rounding';

/** How the numbers of a training are rounded. */
export interface Arithmetic {
  /** What tensors pass through in one step, which counts from 1 and starts from these parameters. */
  readonly through?: (network: Network, step: number) => Through | undefined;
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
  { features, labels }: Split,
  { steps, batchSize, learningRate, decay = false, seed, arithmetic, onStep }: StepsOptions,
): Promise<Steps> {
  const { through, scaler, keep } = arithmetic;
  const { tf } = await tfjsBackend();
  const classes = start[start.length - 1].outputs;
  const optimizer = await adam(
    start.flatMap(({ weights, bias }) => (keep ? [keep(weights), keep(bias)] : [weights, bias])),
    { learningRate },
  );
  const network = start.map((layer, i) => ({
    ...layer,
    weights: optimizer.parameters[2 * i],
    bias: optimizer.parameters[2 * i + 1],
  }));
  const [losses, lossScales] = [new Float32Array(steps), new Float32Array(steps)];
  const skipped: number[] = [];
  const milliseconds: number[] = [];
  const batches = batchRows(seededRandom(seed), rowCount(features), batchSize);
  for (let step = 1; step <= steps; step++) {
    const began = performance.now();
    const rows = batches.next().value;
    const used = features.kind === 'sparse' ? usedColumns(features, rows) : undefined;
    const batch = used?.batch ?? denseBatch(features, rows);
    const layers = used ? [onlyRows(network[0], used.columns), ...network.slice(1)] : network;
    const classOf = Int32Array.from(rows, (row) => labels[row]);
    const scale = scaler?.scale() ?? 1;
    let loss = NaN;
    let gradients: Float32Array[] = [];
    // Assigned from within: tidy searches what it returns for tensors, number by number.
    tf.tidy(() => {
      const x = tf.tensor2d(batch, [rows.length, layers[0].inputs]);
      const y = tf.oneHot(tf.tensor1d(classOf, 'int32'), classes);
      const tensorThrough = through?.(network, step);
      const { value, grads } = tf.valueAndGrads((...tensors) =>
        tf.mul(
          tf.losses.softmaxCrossEntropy(y, forward(tf, tensors, x, tensorThrough)).asScalar(),
          scale,
        ),
      )(parameterTensors(tf, layers));
      loss = value.dataSync()[0] / scale;
      gradients = grads.map((gradient) => gradient.dataSync<'float32'>());
    });
    const finite = gradients.map((gradient) => unscale(gradient, scale)).every(Boolean);
    if (!finite && !scaler) {
      throw new Error(
        `Training diverged: the loss is ${loss} and a gradient infinite or NaN at step ${step}. ` +
          `Lower the learning rate (now ${learningRate}), or scale the loss.`,
      );
    }
    scaler?.update(finite);
    if (finite) {
      optimizer.gradients.forEach((into, i) => {
        if (i === 0 && used) spreadRows(gradients[i], used.columns, into);
        else into.set(gradients[i]);
      });
      optimizer.step(decay ? learningRate * (1 - (step - 1) / steps) : learningRate);
      if (keep) for (const parameter of optimizer.parameters) parameter.set(keep(parameter));
    } else {
      skipped.push(step);
    }
    losses[step - 1] = loss;
    lossScales[step - 1] = scale;
    milliseconds.push(performance.now() - began);
    onStep?.(step, loss);
    await new Promise(setImmediate); // lets progress through
  }
  return {
    network: network.map(({ weights, bias, ...layer }) => ({
      ...layer,
      weights: weights.slice(), // out of the optimizer's memory, which is four times as large
      bias: bias.slice(),
    })),
    losses,
    lossScales,
    skipped,
    stepMilliseconds: median(milliseconds),
  };
}

/** A layer with the named rows of its weights only. */
function onlyRows(layer: Layer, rows: Uint32Array): Layer {
  const weights = pickRows(layer.weights, rows, layer.outputs);
  return { ...layer, inputs: rows.length, weights };
}

/** Rows of batch after batch: all examples in random order, then again in another. */
function* batchRows(
  random: Random,
  examples: number,
  batchSize: number,
): Generator<Uint32Array, never> {
  for (;;) {
    const order = permutation(random, examples);
    for (let i = 0; i < examples; i += batchSize) yield order.subarray(i, i + batchSize);
  }
}

/** Divides a gradient, in place. Tells whether all of it is finite. */
function unscale(gradient: Float32Array, scale: number): boolean {
  let nothing = 0; // NaN once a number was infinite or NaN
  for (let i = 0; i < gradient.length; i++) {
    nothing += gradient[i] * 0;
    gradient[i] /= scale;
  }
  return nothing === 0;
}
