import { f16round } from '@petamoriken/float16';
import { expect, test } from 'vitest';
import { tfjsBackend } from '#lib/models/backend';
import { roundedTensor } from '#lib/training/roundedTensor';
import { roundingTo } from '#lib/training/rounding';

test('rounds what is read, and the gradient that comes back', async () => {
  const { tf } = await tfjsBackend();
  const round = await roundingTo('float16');
  const seen: number[][] = [];
  const values = [0.1, 1e-9, 70000];
  const gradient = [0.3, 1e-8, 1e5].map(Math.fround);
  const { value, back } = roundedTensor(tf, tf.tensor2d([values]), round, (before, after) =>
    seen.push([...before], [...after]),
  );
  const rounded = [...back(tf.tensor2d([gradient])).dataSync()];
  expect([...value.dataSync()]).toEqual([f16round(0.1), 0, Infinity]); // 70000 is too much for float16
  expect(rounded).toEqual([f16round(0.3), 0, Infinity]);
  expect(seen).toEqual([gradient, rounded]);
});
