import type { SparseFeatures } from '#lib/loaders/dataset';
import type { Layer } from '#lib/models/network';

/** What a batch of sparse examples needs of the first layer. */
export interface UsedRows {
  /** Columns of the examples, and so rows of the weights, that are not all zero in the batch; rising. */
  readonly columns: Uint32Array;
  /** The examples without their other columns: float32, shape [rows, columns.length], row-major. */
  readonly batch: Float32Array;
  /** The layer with only these rows of its weights. */
  readonly layer: Layer;
}

/**
 * Cuts a batch and the first layer to the columns that occur in the batch. Their product is that of the
 * whole, and so is the gradient, which is zero in all other rows: a batch of sentences uses a few
 * hundred of 5,000 words.
 *
 * @param rows row numbers of the batch
 */
export function usedRows(
  { offsets, columns: columnOf, values }: SparseFeatures,
  rows: Uint32Array,
  layer: Layer,
): UsedRows {
  const { outputs, weights } = layer;
  const used = new Set<number>();
  for (const row of rows) {
    for (let k = offsets[row]; k < offsets[row + 1]; k++) used.add(columnOf[k]);
  }
  if (used.size === 0) used.add(0); // tensors without columns are more than some backends can do
  const columns = Uint32Array.from(used).sort();
  const place = new Map(Array.from(columns, (column, i) => [column, i]));

  const batch = new Float32Array(rows.length * columns.length);
  rows.forEach((row, r) => {
    for (let k = offsets[row]; k < offsets[row + 1]; k++) {
      batch[r * columns.length + (place.get(columnOf[k]) ?? 0)] = values[k];
    }
  });
  const part = new Float32Array(columns.length * outputs);
  columns.forEach((column, i) => {
    part.set(weights.subarray(column * outputs, (column + 1) * outputs), i * outputs);
  });
  return { columns, batch, layer: { ...layer, inputs: columns.length, weights: part } };
}

/**
 * Puts the gradient of the used rows back among the others, which are zero.
 *
 * @param gradient shape [columns.length, outputs], row-major
 * @param into shape [inputs, outputs], row-major: overwritten
 */
export function spreadRows(gradient: Float32Array, columns: Uint32Array, into: Float32Array): void {
  const outputs = gradient.length / columns.length;
  into.fill(0);
  columns.forEach((column, i) => {
    into.set(gradient.subarray(i * outputs, (i + 1) * outputs), column * outputs);
  });
}
