import type { FormatName } from '#lib/training/numberFormat';
import { address, float32Instance } from '#lib/wasm/instance';

/**
 * What is left of numbers that are stored in a format and read again.
 *
 * @returns float32, in a new array, or the values themselves for float32
 */
export type Rounding = (values: Float32Array) => Float32Array;

const kernels = { float16: 'roundFloat16', bfloat16: 'roundBfloat16' };

/** Numbers that pass the kernel together: 256 kB, which stay in the cache. */
const chunk = 65536;

/**
 * Rounding to a format as the hardware rounds that has it: to the nearest number, of two equally near ones
 * to the even (IEEE 754, 4.3.1), to subnormal numbers and 0 where they are small, to infinity where they
 * exceed the greatest by half of its last bit or more. NaN stays NaN.
 *
 * CPUs convert float16, but few compute with it, and tfjs has no such type: here arithmetic in it is float32
 * arithmetic whose results are rounded. That is what tensor cores do as well, which add up in float32.
 */
export async function roundingTo(format: FormatName): Promise<Rounding> {
  if (format === 'float32') return (values) => values;
  const { arrays, exports } = await float32Instance('rounding', [chunk]);
  const [numbers] = arrays;
  const round = exports[kernels[format]];
  return (values) => {
    const rounded = new Float32Array(values.length);
    for (let start = 0; start < values.length; start += chunk) {
      const part = values.subarray(start, start + chunk);
      numbers.set(part);
      round(address(numbers), part.length);
      rounded.set(numbers.subarray(0, part.length), start);
    }
    return rounded;
  };
}
