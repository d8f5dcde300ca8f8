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
  const { value, grad } = tf.tidy(() => {
    const { value, grad } = tf.valueAndGrad((x) =>
      roundedTensor(tf, x as never, round, (before, after) => seen.push([...before], [...after]))
        .mul(tf.tensor2d([[0.3, 1e-8, 1e5]]))
        .sum(),
    )(tf.tensor2d([values]));
    return { value: value.dataSync()[0], grad: [...grad.dataSync()] };
  });
  const gradient = [0.3, 1e-8, 1e5].map(Math.fround);
  expect(value).toBe(Infinity); // 70000 is more than float16 has
  expect(grad).toEqual([f16round(0.3), 0, Infinity]);
  expect(seen).toEqual([gradient, grad]);
});
