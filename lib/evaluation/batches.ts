import { denseBatch, rowCount, rowRange, type Features } from '#lib/loaders/dataset';

/**
 * Rows as dense batches, one at a time, in one array that is filled anew for each: a sparse data set
 * is never made dense as a whole.
 *
 * @param batchSize rows in a batch; the last one may have fewer
 * @param rows row numbers, in the order wanted; all rows if left out
 * @returns float32 arrays, shape [batchSize, width], row-major, each valid until the next is asked for
 * @throws RangeError if `batchSize` is no whole number from 1
 */
export function* denseBatches(
  features: Features,
  batchSize: number,
  rows = rowRange(0, rowCount(features)),
): Generator<Float32Array, void> {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`batchSize must be a whole number from 1, not ${batchSize}`);
  }
  const buffer = new Float32Array(Math.min(batchSize, rows.length) * features.width);
  for (let start = 0; start < rows.length; start += batchSize) {
    const batch = rows.subarray(start, start + batchSize);
    yield denseBatch(features, batch, buffer.subarray(0, batch.length * features.width));
  }
}
