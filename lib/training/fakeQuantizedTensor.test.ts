import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tfjsBackend } from '#lib/models/backend';
import { integerRange } from '#lib/mapping/integerRange';
import { dequantize, linearMapping, quantize } from '#lib/mapping/linearMapping';
import { fakeQuantizedTensor } from '#lib/training/fakeQuantizedTensor';

const { tf } = await tfjsBackend();

test('gives what quantize and dequantize of the quantizers give', () => {
  const anyRange = fc.tuple(
    fc.float({ min: -9, max: 0 }),
    fc.float({ min: Math.fround(0.1), max: 9 }),
  );
  const anyValues = fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: 1 });
  const anyBits = fc.integer({ min: 2, max: 8 });
  fc.assert(
    fc.property(anyRange, anyValues, anyBits, fc.boolean(), ([min, max], list, bits, signed) => {
      fc.pre(Number.isFinite(min) && Number.isFinite(max));
      const integers = integerRange({ bits, signed });
      const mapping = linearMapping({ min, max }, integers, signed ? 'symmetric-narrow' : 'affine');
      const values = Float32Array.from(list);
      const found = tf.tidy(() =>
        fakeQuantizedTensor(tf, tf.tensor2d(values, [1, values.length]), {
          ...mapping,
          scale: tf.scalar(mapping.scale),
        }).value.dataSync<'float32'>(),
      );
      const expected = dequantize(quantize(values, mapping), mapping);
      found.forEach((value, i) => {
        expect(value + 0).toBe(expected[i] + 0); // + 0: no negative zero
      });
    }),
    { numRuns: 300 },
  );
});

test('the gradient passes inside of the range and not outside', () => {
  // Integers −3..3, a step of 0.5: −1.5 to 1.5. What rounds to an end is inside.
  const x = [-9, -1.76, -1.74, -1.5, -0.1, 0, 0.3, 1.5, 1.74, 1.76, 9];
  const inside = [0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0];
  const integers = { min: -3, max: 3 };
  const through = (input: number[]): number[] =>
    tf.tidy(() => {
      const scale = tf.scalar(0.5);
      const row = tf.tensor2d([input]);
      const { back } = fakeQuantizedTensor(tf, row, { scale, zeroPoint: 0, integers });
      return [...back(tf.fill(row.shape, 7)).dataSync()];
    });
  expect(through(x)).toEqual(inside.map((passes) => 7 * passes));
});

test('a scale for each column, zeros, and NaN', () => {
  const rows = [
    [0, 0.9, NaN],
    [0, -2, 1],
  ];
  const values = tf.tidy(() => [
    ...fakeQuantizedTensor(tf, tf.tensor2d(rows), {
      scale: tf.tensor2d([[1, 2, 1]]),
      zeroPoint: 0,
      integers: { min: -1, max: 1 },
    }).value.dataSync(),
  ]);
  expect(values.map((value) => value + 0)).toEqual([0, 0, NaN, 0, -2, 1]);
});
