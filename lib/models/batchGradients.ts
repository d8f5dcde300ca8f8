import type { Tensor2D } from '@tensorflow/tfjs';
import { denseBatch, type Split } from '#lib/loaders/dataset';
import type { Tfjs } from '#lib/models/backend';
import { lossAndGradients, type LossOptions } from '#lib/models/backpropagation';
import type { Optimizer } from '#lib/models/optimizer';
import { usedColumns } from '#lib/models/usedColumns';
import { permutation, type Random } from '#lib/random';

/** What a batch says of the parameters that an optimizer keeps. */
export interface BatchGradients {
  /** Mean cross-entropy of the batch, nats. */
  readonly loss: number;
  /** Of the loss, by each parameter, for {@link Optimizer.step}; to be disposed of after it. */
  readonly gradients: Tensor2D[];
  /** Rows of the first parameter that its gradient has; all if left out. */
  readonly rows?: Uint32Array;
}

/**
 * Loss and gradients of a batch; for sparse examples only with those rows of the first layer that the
 * batch uses.
 *
 * @param batch row numbers of the examples
 */
export function batchGradients(
  tf: Tfjs,
  optimizer: Optimizer,
  { features, labels }: Split,
  batch: Uint32Array,
  options?: LossOptions,
): BatchGradients {
  const used = features.kind === 'sparse' ? usedColumns(features, batch) : undefined;
  const values = used?.batch ?? denseBatch(features, batch);
  const classOf = Int32Array.from(batch, (row) => labels[row]);
  const { loss, gradients } = tf.tidy(() =>
    lossAndGradients(
      tf,
      optimizer.parameters(used?.columns),
      tf.tensor2d(values, [batch.length, values.length / batch.length]),
      tf.tensor1d(classOf, 'int32'),
      options,
    ),
  );
  const [value] = loss.dataSync();
  loss.dispose();
  return { loss: value, gradients, rows: used?.columns };
}

/** Row numbers of batch after batch: all examples in random order, then again in another. */
export function* randomBatches(
  random: Random,
  examples: number,
  batchSize: number,
): Generator<Uint32Array, never> {
  for (;;) {
    const order = permutation(random, examples);
    for (let i = 0; i < examples; i += batchSize) yield order.subarray(i, i + batchSize);
  }
}
