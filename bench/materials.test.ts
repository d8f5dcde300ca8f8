import { expect, test } from 'vitest';
import { sparse } from '#bench/materials';
import { denseBatch } from '#lib/loaders/dataset';

test('dense rows in sparse form are the same rows, empty ones included', () => {
  const values = Float32Array.of(0, 2, 0, 0, 0, 0, 1, 0, 3);
  const features = sparse(values, 3);
  expect([...features.offsets]).toEqual([0, 1, 1, 3]);
  expect(denseBatch(features, [0, 1, 2])).toEqual(values);
});
