import { expect, test } from 'vitest';
import type { SparseFeatures } from '#lib/loaders/dataset';
import { squareModel } from '#lib/sweep/squareModel';
import { readWords } from '#lib/quantizers/wordInput';
import {
  wordLatencies,
  wordLatencyFindings,
  wordLatencyRows,
  type WordLatency,
} from '#lib/experiments/wordLatency';
import { exampleLatency } from '#lib/timers/exampleLatency';

/** Four times the sentence of the words 1 and 3. */
const features: SparseFeatures = {
  kind: 'sparse',
  width: 8,
  offsets: Uint32Array.of(0, 2, 4, 6, 8),
  columns: Uint32Array.of(1, 3, 1, 3, 1, 3, 1, 3),
  values: new Float32Array(8).fill(1),
};

test('models that read counts and models that read words are timed alike', async () => {
  const counts = squareModel({ width: 8, depth: 2 });
  const words = readWords(counts, { table: 'float32' });
  const results = await wordLatencies(
    [
      { name: 'counts', reads: 'counts', model: counts },
      { name: 'words', reads: 'words', model: words },
    ],
    features,
    { batchSizes: [1, 4], threads: 1, runs: 2, runMilliseconds: 10 },
  );
  expect(results.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
    ['counts', counts.length],
    ['words', words.length],
  ]);
  for (const { latency } of results) {
    expect(latency.map(({ batchSize }) => batchSize)).toEqual([1, 4]);
  }
});

function taking(name: string, medianMicroseconds: number): WordLatency {
  const latency = {
    batchSize: 1,
    runsMicroseconds: [medianMicroseconds, medianMicroseconds],
    ...exampleLatency(medianMicroseconds),
  };
  return { name, sizeBytes: 2_000_000, latency: [latency] };
}

test('sets what each of the two buys against the dense float32 model', () => {
  const results = [taking('a', 120), taking('b', 60), taking('c', 40), taking('d', 30)];
  expect(wordLatencyFindings(results)).toEqual([
    'Batch 1: int8 alone 2.00 ×, words alone 3.00 ×, both 4.00 ×, where the gains multiplied are 6.00 ×. ' +
      'They do not multiply: most of the bytes and products that int8 makes cheaper are no longer read ' +
      'and made. The greater gain is reading words instead of counts.',
  ]);
  results[3] = taking('d', 20);
  expect(wordLatencyFindings(results)[0]).toContain('are 6.00 ×. They multiply. The greater');
  results[3] = taking('d', 60);
  expect(wordLatencyFindings(results)[0]).toMatch(/the two together gain less than it alone\.$/);
  expect(wordLatencyRows(results)[2]).toEqual({
    Model: 'c',
    'Size (MB)': '2.00',
    'Latency B1 (µs), mean ± std': '40.0 ± 0',
    'Times faster, B1': '3.00',
  });
});
