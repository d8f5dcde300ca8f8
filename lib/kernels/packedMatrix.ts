import type { IntegerMatrix } from '#lib/quantizers/mapping/integerMatMul';

/** Outputs that the kernels sum at a time; widths are filled up to whole blocks. */
const block = 32;

/** A width filled up to whole blocks. */
export function paddedWidth(width: number): number {
  return Math.ceil(width / block) * block;
}

/** Int8 weights as the kernel reads them. */
export interface PackedMatrix {
  /** For each block of 32 outputs, for each pair of inputs: both weights of each output, side by side. */
  readonly weights: Int8Array;
  /** Sum of the weights of each output, for the zero point of the inputs. */
  readonly sums: Int32Array;
}

/**
 * Orders weights so that the kernel reads a line of the cache for each pair of inputs. What fills up the
 * last block is 0.
 *
 * @param matrix int8 integers, shape [inputs, outputs], whose zero point is 0
 * @throws RangeError if it has another zero point, or an integer is no int8
 */
export function packMatrix(matrix: IntegerMatrix): PackedMatrix {
  const { rows, columns, values, zeroPoint } = matrix;
  if (zeroPoint !== 0) {
    throw new RangeError(
      `the kernel takes weights whose zero point is 0, as symmetric int8 has, not ${zeroPoint}`,
    );
  }
  const sums = new Int32Array(paddedWidth(columns));
  for (let i = 0; i < rows * columns; i++) {
    if (values[i] < -128 || values[i] > 127) {
      throw new RangeError(`a weight is ${values[i]}: that is no int8`);
    }
    sums[i % columns] += values[i];
  }
  const weights = new Int8Array(paddedWidth(rows) * paddedWidth(columns));
  pack(matrix, weights, 2);
  return { weights, sums };
}

/** A matrix, row-major. */
interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: ArrayLike<number>;
}

/** The same for float32: for each block of 32 outputs, for each input, the weight of each output. */
export function packFloats(matrix: Matrix): Float32Array {
  const weights = new Float32Array(paddedWidth(matrix.rows) * paddedWidth(matrix.columns));
  pack(matrix, weights, 1);
  return weights;
}

/** @param together inputs whose weights lie side by side */
function pack(
  { rows, columns, values }: Matrix,
  into: Int8Array | Float32Array,
  together: number,
): void {
  const lines = paddedWidth(rows) / together;
  for (let k = 0; k < rows; k++) {
    for (let n = 0; n < columns; n++) {
      const line = Math.floor(n / block) * lines + Math.floor(k / together);
      into[(line * block + (n % block)) * together + (k % together)] = values[k * columns + n];
    }
  }
}
