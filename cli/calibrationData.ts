import { readArray, userFile } from '#cli/files';
import { loadDataset } from '#lib/loaders/load';
import { rowCount } from '#lib/loaders/dataset';
import { mnistModel, sst2Model } from '#lib/models/spec';
import { elementCount, type TensorOf } from '#lib/onnx/tensor';
import type { Batch } from '#lib/quantizers/calibration';
import { calibrationBatches, type CalibrationExamples } from '#lib/quantizers/calibrationBatches';
import { permutation, seededRandom } from '#lib/random';
import { withProgress } from '#lib/report/progress';

export interface CalibrationData {
  readonly batches: Iterable<Batch>;
  /** Number of batches. */
  readonly count: number;
}

const labData = { mnist: mnistModel, sst2: sst2Model };

/** Examples in a batch. */
const batchSize = 64;

/**
 * Examples to calibrate with, chosen at random.
 *
 * @param named an .npy file of float32, the first axis of which counts the examples, or `mnist` or
 *   `sst2` for training data of the lab
 */
export async function calibrationData(
  named: string,
  examples: CalibrationExamples,
): Promise<CalibrationData> {
  if (named === 'mnist' || named === 'sst2') {
    const { train, origin } = await withProgress(`Loading ${named}`, 'bytes', (progress) =>
      loadDataset(labData[named].input, progress),
    );
    if (origin === 'generated') console.error(`${named}: GENERATED SAMPLE, not the real data`);
    const count = Math.ceil(Math.min(examples.examples, rowCount(train.features)) / batchSize);
    return { batches: calibrationBatches(train.features, examples), count };
  }
  const array = await readArray(userFile(named));
  if (array.dims.length < 2 || array.data.length === 0) {
    throw new Error(
      `${named} has the shape (${array.dims.join(', ')}). Calibration needs one example or more ` +
        'along the first axis, such as (512, 784).',
    );
  }
  const order = permutation(seededRandom(examples.seed), array.dims[0]);
  const batches = chosen(array, order.subarray(0, examples.examples));
  return { batches, count: batches.length };
}

/** Those examples in batches. */
function chosen({ dims, data }: TensorOf<'float32'>, rows: Uint32Array): TensorOf<'float32'>[] {
  const shape = dims.slice(1);
  const width = elementCount(shape);
  return Array.from({ length: Math.ceil(rows.length / batchSize) }, (_, i) => {
    const batch = rows.subarray(i * batchSize, (i + 1) * batchSize);
    const values = new Float32Array(batch.length * width);
    batch.forEach((row, j) => {
      values.set(data.subarray(row * width, (row + 1) * width), j * width);
    });
    return { dtype: 'float32', dims: [batch.length, ...shape], data: values };
  });
}
