import { expect, test } from 'vitest';
import { exampleRecords } from '#lib/report/exampleRecords';
import type { Dataset } from '#lib/loaders/dataset';
import {
  countCurves,
  countRows,
  countSummaries,
  staticFinding,
  staticRows,
  type StaticAccuracy,
} from '#lib/experiments/staticAccuracy';

const split = {
  features: { kind: 'dense', width: 1, values: new Float32Array(1) },
  labels: new Uint8Array(1),
} as const;
const dataset: Dataset = {
  name: 'MNIST',
  origin: 'real',
  classes: 10,
  train: split,
  test: split,
  checksum: '',
};

function drawn(correct: number, input: number, hidden: number): StaticAccuracy {
  const ranges = new Map([
    ['input', { min: 0, max: input }],
    ['hidden', { min: 0, max: hidden }],
  ]);
  return { correct, total: 1000, predictions: new Uint32Array(1000), ranges };
}

test('sums up the draws for each number of calibration examples', () => {
  const few = [drawn(960, 1, 2), drawn(970, 1, 4)];
  const many = [drawn(980, 1, 5), drawn(980, 1, 7)];
  const summaries = countSummaries(dataset, [1, 1024], [...few, ...many], {
    correct: 979,
    total: 1000,
  });
  expect(countRows(summaries)).toEqual([
    {
      Data: 'MNIST',
      Examples: 1,
      'Mean accuracy (%)': '96.50',
      'Against float32 (points)': '−1.40',
      'Std of draws (points)': '0.71', // 1 / √2
      'Greatest activations (% of those of 1,024)': '75.0', // mean of 1 / 1 and 3 / 6
    },
    {
      Data: 'MNIST',
      Examples: 1024,
      'Mean accuracy (%)': '98.00',
      'Against float32 (points)': '+0.10',
      'Std of draws (points)': '0.00',
      'Greatest activations (% of those of 1,024)': '100.0',
    },
  ]);
  const [{ name, x, intervals }] = countCurves(summaries);
  expect({ name, x }).toEqual({ name: 'MNIST', x: [1, 1024] });
  const half = (intervals ?? []).map(([low, high]) => (high - low) / 2);
  expect(half).toEqual([expect.closeTo(Math.SQRT1_2), 0]);
});

test('holds each way against float32', () => {
  const labels = Uint8Array.of(0, 1, 1, 1);
  const float32 = Uint32Array.of(0, 0, 1, 0);
  const measured = {
    records: exampleRecords.slice(0, 1),
    predictions: [float32],
    labels,
    callOverhead: [],
  };
  const ways = [
    { correct: 2, total: 4, predictions: float32 },
    { correct: 4, total: 4, predictions: Uint32Array.from(labels) },
  ];
  const rows = staticRows(measured, [{ Way: 'same' }, { Way: 'better' }], ways);
  const model = 'mnist';
  expect(rows).toMatchObject([
    { Model: model, Way: 'same', 'Accuracy (%)': '50.00', Changed: 0, 'p (McNemar)': '1.000' },
    { Model: model, Way: 'better', 'Accuracy (%)': '100.00', Changed: 2, Gains: 2, Losses: 0 },
  ]);
});

test('says how many ways differ from float32 by more than chance', () => {
  const labels = new Uint8Array(10).fill(1);
  const float32 = new Uint32Array(10);
  const measured = {
    records: exampleRecords.slice(0, 1),
    predictions: [float32],
    labels,
    callOverhead: [],
  };
  const same = { correct: 0, total: 10, predictions: float32 };
  const better = { correct: 10, total: 10, predictions: Uint32Array.from(labels) };
  // Ten gains and no loss: p = 2 · 2⁻¹⁰.
  expect(staticFinding(measured, [same, better])).toBe(
    'mnist: 1 of the 2 differs from float32 in accuracy by more than chance (McNemar, level 0.05 for them together; least p: 0.002).',
  );
  expect(staticFinding(measured, [same])).toContain('none of the 1 differs');
});
