import type { IntegerMatrix } from '#lib/quantizers/mapping/integerMatMul';

/** Outputs that the kernel sums at a time; widths are filled up to whole blocks. */
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
export function packMatrix({ rows, columns, values, zeroPoint }: IntegerMatrix): PackedMatrix {
  if (zeroPoint !== 0) {
    throw new RangeError(
      `the kernel takes weights whose zero point is 0, as symmetric int8 has, not ${zeroPoint}`,
    );
  }
  const pairs = paddedWidth(rows) / 2;
  const weights = new Int8Array(pairs * 2 * paddedWidth(columns));
  const sums = new Int32Array(paddedWidth(columns));
  for (let k = 0; k < rows; k++) {
    for (let n = 0; n < columns; n++) {
      const value = values[k * columns + n];
      if (value < -128 || value > 127)
        throw new RangeError(`a weight is ${value}: that is no int8`);
      const line = Math.floor(n / block) * pairs + (k >> 1);
      weights[line * 2 * block + (n % block) * 2 + (k & 1)] = value;
      sums[n] += value;
    }
  }
  return { weights, sums };
}
