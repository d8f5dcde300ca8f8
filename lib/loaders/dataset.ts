/**
 * What every loader returns and everything after it reads: features and labels of a training and a
 * test split, with a word on where they come from.
 */

/** Rows of `width` float32 values, row-major: `values.length = rows * width`. */
export interface DenseFeatures {
  readonly kind: 'dense';
  readonly width: number;
  readonly values: Float32Array;
}

/**
 * Rows that are mostly zero, in compressed sparse row (CSR) form: row `r` holds `values[k]` in column
 * `columns[k]` for `offsets[r] <= k < offsets[r + 1]`. Columns rise within a row.
 */
export interface SparseFeatures {
  readonly kind: 'sparse';
  readonly width: number;
  /** rows + 1 entries, the first 0. */
  readonly offsets: Uint32Array;
  readonly columns: Uint32Array;
  readonly values: Float32Array;
}

export type Features = DenseFeatures | SparseFeatures;

export interface Split {
  readonly features: Features;
  /** Class of each row, 0-based. */
  readonly labels: Uint8Array;
}

export interface Dataset {
  readonly name: 'MNIST' | 'SST-2';
  /** `generated` is the small labelled sample that stands in where the real data can't be had. */
  readonly origin: 'real' | 'generated';
  readonly classes: number;
  readonly train: Split;
  /** MNIST: the 10,000 test images. SST-2: the 872 dev sentences. */
  readonly test: Split;
  /** SHA-256 (hex) over the data as loaded: the same data gives the same checksum on any machine. */
  readonly checksum: string;
}

/** What tables, figure titles and the write-up call the data: `MNIST` or `generated sample (MNIST)`. */
export function datasetLabel({ name, origin }: Pick<Dataset, 'name' | 'origin'>): string {
  return origin === 'real' ? name : `generated sample (${name})`;
}

/** Number of rows. */
export function rowCount(features: Features): number {
  return features.kind === 'dense'
    ? features.values.length / features.width
    : features.offsets.length - 1;
}

/**
 * Copies the given rows into a dense row-major batch.
 *
 * @param rows row numbers, in the order wanted
 * @param into where to write, `rows.length * width` float32 values; a new array if left out
 * @returns `into`, shape [rows.length, width]
 * @throws RangeError if a row number is outside the features or `into` has the wrong length
 */
export function denseBatch(
  features: Features,
  rows: ArrayLike<number>,
  into = new Float32Array(rows.length * features.width),
): Float32Array {
  const { width } = features;
  const count = rowCount(features);
  if (into.length !== rows.length * width) {
    throw new RangeError(`batch array has ${into.length} values, needs ${rows.length * width}`);
  }
  if (features.kind === 'sparse') into.fill(0);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (!(row >= 0 && row < count)) throw new RangeError(`row ${row} is outside 0..${count - 1}`);
    if (features.kind === 'dense') {
      into.set(features.values.subarray(row * width, (row + 1) * width), i * width);
    } else {
      for (let k = features.offsets[row]; k < features.offsets[row + 1]; k++) {
        into[i * width + features.columns[k]] = features.values[k];
      }
    }
  }
  return into;
}

/** Row numbers `start` to `end - 1`. */
export function rowRange(start: number, end: number): Uint32Array {
  return Uint32Array.from({ length: end - start }, (_, i) => start + i);
}
