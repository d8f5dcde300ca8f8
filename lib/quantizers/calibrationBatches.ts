import { denseBatches } from '#lib/evaluation/batches';
import { rowCount, type Features } from '#lib/loaders/dataset';
import { permutation, seededRandom } from '#lib/random';

export interface CalibrationExamples {
  /** How many rows to take; all if there are fewer. */
  readonly examples: number;
  /** Chooses the rows. */
  readonly seed: number;
  /** Rows in a batch; 64 if left out. The last batch has what is left. */
  readonly batchSize?: number;
}

/** Random rows of the training data, without repetition, as the batches that `calibrate` takes. */
export function calibrationBatches(
  features: Features,
  { examples, seed, batchSize = 64 }: CalibrationExamples,
): Generator<Float32Array, void> {
  const rows = permutation(seededRandom(seed), rowCount(features)).subarray(0, examples);
  return denseBatches(features, batchSize, rows);
}
