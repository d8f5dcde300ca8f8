import { expect, test } from 'vitest';
import type { DenseFeatures } from '#lib/loaders/dataset';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { batchComposition } from '#lib/sweep/batchComposition';
import { squareModel, squareRows } from '#lib/sweep/squareModel';

const width = 32;
const float32 = squareModel({ width, depth: 2 });
const options = { batchSizes: [1, 8, 40], draws: 2, seed: 1, threads: 1 };

/** 39 alike rows, and one that is a thousand times greater. */
const values = squareRows(width, 40);
values.subarray(0, width).forEach((_, i) => (values[i] *= 1000));
const features: DenseFeatures = { kind: 'dense', width, values };

test('one great row changes the predictions of those in its batch', async () => {
  const [alone, eight, all] = await batchComposition(quantizeDynamic(float32), features, options);
  expect(alone).toMatchObject({ batchSize: 1, predictions: 80, flips: 0, largestChange: 0 });
  expect(alone.rateInterval[0]).toBe(0);
  expect(eight.predictions).toBe(80);
  expect(eight.flips).toBeGreaterThan(0);
  expect(eight.flips).toBeLessThanOrEqual(2 * 7);
  expect(eight.rateInterval[0]).toBeLessThan(eight.flips / 80);
  expect(eight.rateInterval[1]).toBeGreaterThan(eight.flips / 80);
  expect(all.flips).toBeGreaterThan(eight.flips);
});

test('float32 does not care', async () => {
  const largestLogit = 1e4;
  for (const { flips, largestChange } of await batchComposition(float32, features, options)) {
    expect(flips).toBe(0);
    expect(largestChange).toBeLessThan(1e-5 * largestLogit);
  }
});
