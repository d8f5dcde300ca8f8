import { expect, test } from 'vitest';
import { countGradient, noGradients, nonZero, shareBelow } from '#lib/training/gradientCounts';
import { roundingTo } from '#lib/training/rounding';

test('counts what float16 loses', async () => {
  const before = Float32Array.of(
    0,
    1,
    -3,
    2 ** -14,
    2 ** -15,
    -(2 ** -24),
    2 ** -25,
    1e-9,
    1e6,
    NaN,
  );
  const after = (await roundingTo('float16'))(before);
  const counts = noGradients();
  countGradient(counts, before, after, 'float16');
  expect(counts).toMatchObject({ zeroed: 2, subnormal: 2, infinite: 2 });
  expect(nonZero(counts)).toBe(9);
  expect([counts.exponents[127], counts.exponents[128], counts.exponents[113]]).toEqual([1, 1, 1]);
});

test('a factor moves the bounds', () => {
  const counts = noGradients();
  const values = Float32Array.of(0.3, 2 ** -10, 2 ** -20, 2 ** -30);
  countGradient(counts, values, values, 'float32');
  expect(shareBelow(counts, 2 ** -14)).toBe(0.5);
  expect(shareBelow(counts, 2 ** -14, 2 ** 6)).toBe(0.25);
  expect(shareBelow(counts, 2 ** -14, 2 ** 16)).toBe(0);
});
