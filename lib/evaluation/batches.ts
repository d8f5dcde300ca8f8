import { denseBatch, rowCount, rowRange, type Features } from '#lib/loaders/dataset';

export interface Batch {
  /** Place of its first row among the rows asked for. */
  readonly start: number;
  /** float32, shape [rows, width], row-major; valid until the next batch is asked for. */
  readonly values: Float32Array;
}

/**
 * Rows as dense batches, one at a time, in one array that is filled anew for each: a sparse data set
 * is never made dense as a whole.
 *
 * @param batchSize rows in a batch; the last one may have fewer
 * @param rows row numbers, in the order wanted; all rows if left out
 * @throws RangeError if `batchSize` is no whole number from 1
 */
export function* denseBatches(
  features: Features,
  batchSize: number,
  rows = rowRange(0, rowCount(features)),
): Generator<Batch, void> {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`batchSize must be a whole number from 1, not ${batchSize}`);
  }
  const buffer = new Float32Array(Math.min(batchSize, rows.length) * features.width);
  for (let start = 0; start < rows.length; start += batchSize) {
    const batch = rows.subarray(start, start + batchSize);
    const values = buffer.subarray(0, batch.length * features.width);
    yield { start, values: denseBatch(features, batch, values) };
  }
}
