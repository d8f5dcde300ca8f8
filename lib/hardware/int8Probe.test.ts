import { expect, test } from 'vitest';
import { int8Engine } from '#lib/hardware/int8Engine';
import { probeInt8 } from '#lib/hardware/int8Probe';

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
