import { readArray, userFile } from '#cli/files';
import { loadDataset } from '#lib/loaders/load';
import { rowCount } from '#lib/loaders/dataset';
import { mnistModel, sst2Model } from '#lib/models/spec';
import { decodeModel } from '#lib/onnx/model';
import { elementCount, type TensorOf } from '#lib/onnx/tensor';
import { calibrationBatches, type CalibrationExamples } from '#lib/quantizers/calibrationBatches';
import type { Batch } from '#lib/quantizers/innerTensors';
import { permutation, seededRandom } from '#lib/random';
import { withProgress } from '#lib/report/progress';
import { interrupted } from '#setup/interrupt';

export interface CalibrationData {
  readonly batches: Iterable<Batch>;
  /** Number of batches. */
  readonly count: number;
}

const labData = { mnist: mnistModel, sst2: sst2Model };

/**
 * Examples to calibrate a model with, chosen at random: batches of 64, or of the size that the model is
 * fixed to, which are all full then.
 *
 * @param named an .npy file of float32, the first axis of which counts the examples, or `mnist` or
 *   `sst2` for training data of the lab
 */
export async function calibrationData(
  named: string,
  model: Uint8Array,
  wanted: Pick<CalibrationExamples, 'examples' | 'seed'>,
): Promise<CalibrationData> {
  const fixed = fixedBatchSize(model);
  const batchSize = fixed ?? 64;
  const chosenOf = (available: number): CalibrationExamples => {
    const most = Math.min(wanted.examples, available);
    const examples = fixed === undefined ? most : most - (most % fixed);
    if (examples > 0) return { ...wanted, examples, batchSize };
    throw new Error(
      `This model takes ${batchSize} examples at a time, and there are ${most} to calibrate with. ` +
        'Give more, or export the model with a free batch size.',
    );
  };
  if (named === 'mnist' || named === 'sst2') {
    const { train, origin } = await withProgress(`Loading ${named}`, 'bytes', (progress) =>
      loadDataset(labData[named].input, { onProgress: progress, signal: interrupted }),
    );
    if (origin === 'generated') console.error(`${named}: GENERATED SAMPLE, not the real data`);
    const examples = chosenOf(rowCount(train.features));
    const count = Math.ceil(examples.examples / batchSize);
    return { batches: calibrationBatches(train.features, examples), count };
  }
  const array = await readArray(userFile(named));
  if (array.dims.length < 2 || array.data.length === 0) {
    throw new Error(
      `${named} has the shape (${array.dims.join(', ')}). Calibration needs one example or more ` +
        'along the first axis, such as (512, 784).',
    );
  }
  const { examples, seed } = chosenOf(array.dims[0]);
  const order = permutation(seededRandom(seed), array.dims[0]);
  const batches = chosen(array, order.subarray(0, examples), batchSize);
  return { batches, count: batches.length };
}

/** The examples in a batch of a model's first input, where the model doesn't leave their number free. */
function fixedBatchSize(model: Uint8Array): number | undefined {
  const input = decodeModel(model).graph.input.at(0);
  const size = Number(input?.type?.tensorType?.shape?.dim?.at(0)?.dimValue ?? 0);
  return size > 0 ? size : undefined;
}

/** Those examples in batches. */
function chosen(
  { dims, data }: TensorOf<'float32'>,
  rows: Uint32Array,
  batchSize: number,
): TensorOf<'float32'>[] {
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
