import type { IntegerMatrix } from '#lib/mapping/integerMatMul';
import { areas } from '#lib/kernels/areas';
import { packMatrix, paddedWidth } from '#lib/kernels/packedMatrix';
import { wasmInstance } from '#lib/wasm/instance';

/**
 * The product `(A − zA) · B` of uint8 and int8 as our kernel computes it (`lib/wasm/assembly/int8.ts`):
 * the integers of `integerMatMul`, on every CPU.
 *
 * @returns int32, shape [A.rows, B.columns], row-major
 * @throws RangeError if A has not as many columns as B has rows, an integer is no uint8 or int8, or
 *   B's zero point is not 0
 */
export async function wasmMatMul(a: IntegerMatrix, b: IntegerMatrix): Promise<Int32Array> {
  if (a.columns !== b.rows) {
    throw new RangeError(
      `can't multiply [${a.rows}, ${a.columns}] by [${b.rows}, ${b.columns}]: ${a.columns} ≠ ${b.rows}`,
    );
  }
  const { rows } = a;
  const [inputs, outputs] = [paddedWidth(b.rows), paddedWidth(b.columns)];
  const packed = packMatrix(b);
  const { at, end } = areas({
    weights: packed.weights.byteLength,
    starts: 4 * outputs,
    q: 2 * rows * inputs,
    places: 2048,
    lists: rows * (8 + 6 * inputs),
    product: 4 * rows * outputs,
  });
  const { memory, exports } = await wasmInstance('layers', end);
  new Int16Array(memory, at.weights).set(packed.weights);
  new Int32Array(memory, at.starts).set(packed.sums.map((sum) => -a.zeroPoint * sum));
  const q = new Uint16Array(memory, at.q, rows * inputs);
  for (let i = 0; i < a.values.length; i++) {
    const value = a.values[i];
    if (value < 0 || value > 255) throw new RangeError(`an input is ${value}: that is no uint8`);
    q[Math.floor(i / a.columns) * inputs + (i % a.columns)] = value;
  }
  const { weights, starts, places, lists, product } = at;
  exports.writePlaces(places);
  exports.listIntegers(at.q, rows, inputs, places, lists);
  exports.multiply(lists, rows, inputs, weights, starts, outputs, product);
  const result = new Int32Array(memory, product, rows * outputs);
  return Int32Array.from(
    { length: rows * b.columns },
    (_, i) => result[Math.floor(i / b.columns) * outputs + (i % b.columns)],
  );
}
