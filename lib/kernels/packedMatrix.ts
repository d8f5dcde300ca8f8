import type { IntegerMatrix } from '#lib/mapping/integerMatMul';

/** Outputs that the kernels sum at a time; widths are filled up to whole blocks. */
const block = 32;

/** A width filled up to whole blocks. */
export function paddedWidth(width: number): number {
  return whole(width, block);
}

function whole(width: number, block: number): number {
  return Math.ceil(width / block) * block;
}

/** Bytes of int8 weights as the kernel reads them, for widths filled up to whole blocks. */
export function packedBytes(inputs: number, outputs: number): number {
  return inputs * whole(outputs, 2 * block);
}

/** Int8 weights as the kernel reads them. */
export interface PackedMatrix {
  /**
   * For each block of 64 outputs, for each input, 32 numbers of 16 bits. Each holds two weights, `low` of
   * an output n and `high` of the output n + 4: 256 high + (low + 128).
   */
  readonly weights: Int16Array;
  /** Sum of the weights of each output, for the zero point of the inputs. */
  readonly sums: Int32Array;
}

/**
 * Orders weights so that the kernel reads those of an input for a block of outputs in one piece. What fills
 * up the last block is 0.
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
  const bytes = packedBytes(paddedWidth(rows), paddedWidth(columns));
  const weights = new Int16Array(bytes / 2).fill(128);
  const sums = new Int32Array(paddedWidth(columns));
  forEachPlace([rows, columns], 2 * block, (from, n, to) => {
    const value = values[from];
    if (value < -128 || value > 127) throw new RangeError(`a weight is ${value}: that is no int8`);
    sums[n] += value;
    // Of each eight outputs, the first four are low and the others high.
    const [inEight, eights] = [to % 8, Math.floor(to / 8)];
    weights[4 * eights + (inEight % 4)] += inEight < 4 ? value : 256 * value;
  });
  return { weights, sums };
}

/** float32 weights in a like order: for each block of 32 outputs, for each input, the weight of each output. */
export function packFloats(
  values: Float32Array,
  [rows, columns]: readonly [number, number],
): Float32Array {
  const weights = new Float32Array(paddedWidth(rows) * paddedWidth(columns));
  forEachPlace([rows, columns], block, (from, _, to) => {
    weights[to] = values[from];
  });
  return weights;
}

/** Visits the elements of a row-major matrix: where each stands in it, its column, and its place in blocks of outputs. */
function forEachPlace(
  [rows, columns]: readonly [number, number],
  block: number,
  visit: (from: number, column: number, to: number) => void,
): void {
  for (let k = 0; k < rows; k++) {
    for (let n = 0; n < columns; n++) {
      const line = Math.floor(n / block) * paddedWidth(rows) + k;
      visit(k * columns + n, n, line * block + (n % block));
    }
  }
}
