import { f16round } from '@petamoriken/float16';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { smallestNormal, smallestSubnormal } from '#lib/training/numberFormat';
import { roundingTo } from '#lib/training/rounding';

const toFloat16 = await roundingTo('float16');
const toBfloat16 = await roundingTo('bfloat16');

/** Any float32 number by its bits: each exponent is as likely as another. */
const anyFloat32 = fc
  .integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
  .map((bits) => new Float32Array(Int32Array.of(bits).buffer)[0]);

test('rounds to float16 as the conversion of another library', () => {
  fc.assert(
    fc.property(fc.array(anyFloat32, { minLength: 1, maxLength: 9 }), (values) => {
      expect(toFloat16(Float32Array.from(values))).toEqual(Float32Array.from(values, f16round));
    }),
    { numRuns: 2000 },
  );
});

test('every exponent, its middles and their neighbours round to float16 as in another library', () => {
  const values: number[] = [];
  for (let exponent = -30; exponent <= 17; exponent++) {
    for (const step of [0, 1, 2, 511, 1022, 1023]) {
      // A float16 number, the middle to the next one, and the float32 numbers around that middle.
      const middle = 2 ** exponent * (1 + (step + 0.5) / 1024);
      values.push(2 ** exponent * (1 + step / 1024), middle);
      values.push(middle * (1 + 2 ** -23), middle * (1 - 2 ** -23));
    }
  }
  const signed = Float32Array.from([...values, ...values.map((value) => -value)]);
  expect(toFloat16(signed)).toEqual(signed.map(f16round));
});

test('float16 ends where IEEE 754 has it end', () => {
  const cases: [number, number][] = [
    [65504, 65504],
    [65519.99, 65504],
    [65520, Infinity],
    [-65520, -Infinity],
    [2 ** -24, 2 ** -24],
    [2 ** -25, 0], // the middle between 0 and the smallest: to the even
    [2 ** -25 * (1 + 2 ** -23), 2 ** -24],
    [-(2 ** -26), -0],
    [3 * 2 ** -25, 2 ** -23], // the middle of two subnormal numbers: to the even
    [2 ** -14 - 2 ** -26, 2 ** -14], // from subnormal to normal
    [1 + 2 ** -11, 1],
    [1 + 3 * 2 ** -11, 1 + 2 ** -9],
    [Infinity, Infinity],
    [NaN, NaN],
    [0, 0],
    [-0, -0],
  ];
  expect(toFloat16(Float32Array.from(cases, ([x]) => x))).toEqual(
    Float32Array.from(cases, ([, y]) => y),
  );
  expect([smallestNormal('float16'), smallestSubnormal('float16')]).toEqual([2 ** -14, 2 ** -24]);
});

test('rounds to bfloat16 by its definition: the nearest upper half of a float32, ties to the even', () => {
  const cases: [number, number][] = [
    [Math.PI, 3.140625],
    [1.00390625, 1], // the middle of 1 and 1.0078125: to the even
    [1.01171875, 1.015625], // the middle of 1.0078125 and 1.015625: to the even
    [1.00390637, 1.0078125],
    [-1.00390625, -1],
    [3.38953139e38, 3.38953139e38], // the greatest, 0x7F7F
    [3.4e38, Infinity],
    [1e-40, 2 ** -133], // subnormal: 2^-133 = 9.18e-41 is the smallest
    [Infinity, Infinity],
    [NaN, NaN],
    [-0, -0],
  ];
  expect(toBfloat16(Float32Array.from(cases, ([x]) => x))).toEqual(
    Float32Array.from(cases, ([, y]) => y),
  );
  expect(smallestSubnormal('bfloat16')).toBe(2 ** -133);
});

test('bfloat16 numbers stay as they are, and no other is nearer', () => {
  const bits = new Uint32Array(1);
  const value = new Float32Array(bits.buffer);
  const neighbours = (x: number): number[] => {
    value[0] = x;
    const upper = bits[0] >>> 16;
    return [upper, upper + 1].map((half) => {
      bits[0] = half << 16;
      return value[0];
    });
  };
  fc.assert(
    fc.property(anyFloat32, (x) => {
      fc.pre(Number.isFinite(x));
      const [y] = toBfloat16(Float32Array.of(x));
      const [below, above] = neighbours(x);
      expect([below, above]).toContain(y);
      if (Number.isFinite(y)) {
        const other = y === below ? above : below;
        expect(Math.abs(y - x)).toBeLessThanOrEqual(Math.abs(other - x));
        expect(toBfloat16(Float32Array.of(y))[0]).toBe(y);
      }
    }),
    { numRuns: 2000 },
  );
});

test('takes arrays of any length, and leaves float32 alone', async () => {
  for (const length of [0, 1, 5, 65535, 65537]) {
    const values = Float32Array.from({ length }, (_, i) => i / 7);
    expect(toFloat16(values)).toEqual(values.map(f16round));
  }
  const values = Float32Array.of(Math.PI);
  expect((await roundingTo('float32'))(values)).toBe(values);
});
