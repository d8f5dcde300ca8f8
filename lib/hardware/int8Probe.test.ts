import { expect, test } from 'vitest';
import { int8Engine } from '#lib/hardware/int8Engine';
import { exactProduct, probeInt8 } from '#lib/hardware/int8Probe';

test('the reference product, worked by hand', () => {
  const rows = Uint8Array.of(1, 2, 255, 0);
  const weights = Int8Array.of(3, -4, 5, 127);
  expect([...exactProduct(rows, weights, 2)]).toEqual([13, 250, 765, -1020]);
});

test('the reference product does not saturate where 16 bits would', () => {
  const rows = new Uint8Array(1024).fill(255);
  const weights = new Int8Array(1024 * 1024).fill(-127);
  expect(new Set(exactProduct(rows, weights, 1024))).toEqual(new Set([-33_162_240]));
});

test('the engine is exact within 64, and beyond it saturates just where its kernel should', async () => {
  const { kernel } = await int8Engine();
  const products = await probeInt8(1, { runs: 2 });
  expect(products.map(({ batchSize }) => batchSize)).toEqual([1, 64]);
  for (const { wrongWithin64, wrongFullRange, results, int8 } of products) {
    expect(wrongWithin64).toBe(0);
    if (kernel !== null) expect(wrongFullRange > 0).toBe(kernel.saturates);
    expect(results).toBe(1024 * int8.batchSize);
  }
});
