import { expect, test } from 'vitest';
import type { Dataset } from '#lib/loaders/dataset';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { squareModel, squareRows } from '#lib/sweep/squareModel';
import {
  compareKernels,
  kernelFindings,
  kernelRows,
  type KernelComparison,
} from '#lib/experiments/kernelComparison';
import { exampleLatency } from '#lib/timers/exampleLatency';

test('both kernels compute the same, and are timed', async () => {
  const split = {
    features: { kind: 'dense', width: 16, values: squareRows(16, 70) },
    labels: new Uint8Array(70),
  } as const;
  const dataset: Dataset = {
    name: 'MNIST',
    origin: 'generated',
    classes: 16,
    train: split,
    test: split,
    checksum: '',
  };
  const model = quantizeDynamic(squareModel({ width: 16, depth: 2 }));
  const variant = { name: 'square', form: 'dynamic int8', model } as const;
  const comparison = await compareKernels(variant, dataset, { threads: 1 });
  expect(comparison).toMatchObject({
    data: 'generated sample (MNIST)',
    total: 70,
    changed: 0,
    logits: 70 * 16,
    unequalLogits: 0,
    largestDifference: 0,
    distanceFromReference: 0,
  });
  expect(comparison.ours.map(({ batchSize }) => batchSize)).toEqual([1, 64]);
});

function summary(batchSize: number, medianMicroseconds: number): KernelComparison['ours'][number] {
  return {
    batchSize,
    runsMicroseconds: [medianMicroseconds, medianMicroseconds],
    ...exampleLatency(medianMicroseconds),
  };
}

test('says which kernel is faster, and whether the logits are the same', () => {
  const comparison: KernelComparison = {
    model: 'mnist',
    form: 'static int8',
    data: 'MNIST',
    total: 100,
    changed: 0,
    logits: 1000,
    unequalLogits: 0,
    largestDifference: 0,
    engine: [summary(1, 60), summary(64, 1000)],
    ours: [summary(1, 40), summary(64, 2000)],
  };
  expect(kernelFindings([comparison])).toEqual([
    "All 1,000 logits of int8 are the engine's to the bit.",
    "Batch 1, how many times as fast as the engine's our kernel is: 1.50 (mnist, static int8).",
    "Batch 64, how many times as fast as the engine's our kernel is: 0.500 (mnist, static int8).",
  ]);
  expect(kernelFindings([{ ...comparison, unequalLogits: 7, changed: 1 }])[0]).toContain(
    '7 of 1,000 logits of int8 differ',
  );
  const float32 = {
    ...comparison,
    form: 'float32',
    largestDifference: 1.5e-6,
    changed: 2,
  } as const;
  expect(kernelFindings([float32])[0]).toBe(
    "Logits of float32, which are summed in another order, are at most 1.5e-6 from the engine's; " +
      '2 of 100 predictions differ.',
  );
  expect(kernelRows([comparison])[1]).toMatchObject({
    Kernel: 'ours (WebAssembly)',
    'Latency B64 (µs), median': '2000',
  });
});
