import { modelLogits, type ModelLogitsOptions } from '#lib/evaluation/session';
import type { Split } from '#lib/loaders/dataset';

export interface Accuracy {
  readonly correct: number;
  readonly total: number;
  /** Class chosen for each row, 0-based. */
  readonly predictions: Uint32Array;
}

/**
 * Classifies every row of a split and compares with its labels, with a model that is opened for it and
 * released after: see {@link modelLogits}.
 */
export async function evaluateModel(
  model: Uint8Array,
  { features, labels }: Split,
  options: ModelLogitsOptions,
): Promise<Accuracy> {
  return accuracyOf(await modelLogits(model, features, options), labels);
}

/** The same of logits that are there already, shape [rows, classes], row-major. */
export function accuracyOf(logits: Float32Array, labels: Uint8Array): Accuracy {
  const predictions = argmaxRows(logits, logits.length / labels.length);
  return { correct: correctCount(predictions, labels), total: labels.length, predictions };
}

/** How many predictions are right. */
export function correctCount(predictions: ArrayLike<number>, labels: Uint8Array): number {
  let correct = 0;
  labels.forEach((label, row) => {
    if (predictions[row] === label) correct += 1;
  });
  return correct;
}

/**
 * How many rows two models put into different classes.
 *
 * @throws RangeError if one has more predictions than the other
 */
export function differingRows(first: ArrayLike<number>, other: ArrayLike<number>): number {
  if (first.length !== other.length) {
    throw new RangeError(`${other.length} predictions for ${first.length} rows`);
  }
  let differing = 0;
  for (let row = 0; row < first.length; row++) if (first[row] !== other[row]) differing += 1;
  return differing;
}

/**
 * Column of the greatest value of each row, the first of equals, as NumPy's and PyTorch's argmax.
 *
 * @param logits shape [rows, classes], row-major
 */
export function argmaxRows(logits: Float32Array, classes: number): Uint32Array {
  return Uint32Array.from({ length: logits.length / classes }, (_, row) => {
    let best = 0;
    for (let column = 1; column < classes; column++) {
      if (logits[row * classes + column] > logits[row * classes + best]) best = column;
    }
    return best;
  });
}
