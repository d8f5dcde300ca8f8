import { expect, test } from 'vitest';
import type { DenseFeatures, SparseFeatures } from '#lib/loaders/dataset';
import { openSession } from '#lib/evaluation/session';
import { measureLatency } from '#lib/timers/latency';
import { passThroughModel } from '#lib/timers/passThrough';

const features: DenseFeatures = {
  kind: 'dense',
  width: 8,
  values: new Float32Array(8 * 10).fill(1),
};
const variants = [
  { name: 'a', model: passThroughModel(8, 2) },
  { name: 'b', model: passThroughModel(8, 8) },
];

test('one summary for each batch size and variant', async () => {
  const progress: number[] = [];
  const results = await measureLatency(variants, features, {
    batchSizes: [1, 4],
    threads: 1,
    runs: 2,
    onProgress: (done, total) => progress.push(done / total),
  });
  expect(results.map(({ name, batchSize }) => `${name}${batchSize}`)).toEqual([
    'a1',
    'b1',
    'a4',
    'b4',
  ]);
  for (const { runsMicroseconds, medianMicroseconds, p95Microseconds, n } of results) {
    expect(runsMicroseconds).toHaveLength(2);
    expect(medianMicroseconds).toBeLessThanOrEqual(p95Microseconds);
    expect(n).toBeGreaterThanOrEqual(20);
  }
  expect(progress).toHaveLength(12);
  expect(progress.at(-1)).toBe(1);
});

const options = { batchSizes: [64], threads: 1, runs: 2 };

test('a batch larger than the data is refused', async () => {
  await expect(measureLatency(variants, features, options)).rejects.toThrow(
    'a batch of 64 needs as many rows, and there are 10',
  );
});

test('sparse rows are made dense, and a model that gives NaN is not timed', async () => {
  const sparse: SparseFeatures = {
    kind: 'sparse',
    width: 8,
    offsets: Uint32Array.from({ length: 65 }, (_, i) => i),
    columns: new Uint32Array(64),
    values: new Float32Array(64).fill(NaN),
  };
  await expect(measureLatency(variants, sparse, options)).rejects.toThrow('Model a gives NaN');
});

test('the pass-through model gives the first columns, and nothing else', async () => {
  const session = await openSession(passThroughModel(3, 2), { threads: 1 });
  expect([...(await session.run(Float32Array.of(1, 2, 3, 4, 5, 6)))]).toEqual([1, 2, 4, 5]);
  await session.release();
});
