import type { SparseFeatures } from '#lib/loaders/dataset';

/** A batch of sparse examples, cut to the columns that occur in it. */
export interface UsedColumns {
  /** Columns of the examples, and so rows of the weights, that are not all zero in the batch; rising. */
  readonly columns: Uint32Array;
  /** The examples without their other columns: float32, shape [rows, columns.length], row-major. */
  readonly batch: Float32Array;
}

/**
 * Cuts a batch to the columns that occur in it. With the same rows of the weights ({@link pickRows}) its
 * product is that of the whole, and so is the gradient, which is zero in all other rows: a batch of
 * sentences uses a few hundred of 5,000 words.
 *
 * @param rows row numbers of the batch
 */
export function usedColumns(
  { offsets, columns: columnOf, values }: SparseFeatures,
  rows: Uint32Array,
): UsedColumns {
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
  return { columns, batch };
}

/**
 * The named rows of a matrix, one below the other.
 *
 * @param matrix shape [any, width], row-major
 */
export function pickRows(matrix: Float32Array, rows: Uint32Array, width: number): Float32Array {
  const picked = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    picked.set(matrix.subarray(row * width, (row + 1) * width), i * width);
  });
  return picked;
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
