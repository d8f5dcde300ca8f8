import { expect, test } from 'vitest';
import type { Layer } from '#lib/models/network';
import { exportOnnx } from '#lib/models/exportOnnx';
import { mnistModel } from '#lib/models/spec';
import { encodeModel } from '#lib/onnx/model';
import { agreement, measureNames, places, singles, sumOfSingles } from '#lib/sensitivity/agreement';
import type { Assignment } from '#lib/sensitivity/assignment';
import { exampleSensitivity } from '#lib/sensitivity/exampleSensitivity';
import { mixtures, outcomeOf, sensitivityOf } from '#lib/sensitivity/outcome';
import type { LatencyRecord, PredictionRecord } from '#lib/sensitivity/assignmentRecords';
import { exampleLatency } from '#lib/timers/exampleLatency';

const network = [
  [2, 3],
  [3, 2],
].map(([inputs, outputs]): Layer => ({
  inputs,
  outputs,
  weights: new Float32Array(inputs * outputs).fill(0.5),
  bias: new Float32Array(outputs),
}));

const measured = { model: 'mnist', recipe: 'r', data: 'd', engine: 'e', machine: 'm' };

function prediction(assignment: Assignment, predictions: string): PredictionRecord {
  return {
    ...{ ...measured, assignment, predictions, date: '2026-01-31' },
    ...{ sizeBytes: 100, divergence: 0.1, sqnr: null, layerSqnr: 30 },
  };
}

function timing(assignment: Assignment, own: number, float32: number): LatencyRecord {
  return {
    ...{ ...measured, assignment, threads: 1, date: '2026-01-31' },
    protocol: { runs: 2, runMilliseconds: 1, runCalls: 2, spreadLimit: 0.15, batchSizes: [1] },
    latency: [{ batchSize: 1, own: exampleLatency(own), float32: exampleLatency(float32) }],
  };
}

test('compares each record with float32, example by example, and its time with that beside it', () => {
  const test = {
    features: { kind: 'dense', width: 2, values: new Float32Array(12) } as const,
    labels: Uint8Array.of(0, 1, 1, 0, 1, 1),
  };
  const model = encodeModel(exportOnnx(network, 'net'));
  const predictions = [
    prediction(['float32', 'float32'], '011100'),
    prediction(['uint8 activations', 'float32'], '011100'),
    // wrong at 2 and right at 3 and 4
    prediction(['static int8', 'float32'], '010010'),
    prediction(['float32', 'float16'], '011100'),
  ];
  const latencies = [
    timing(['float32', 'float32'], 80, 80),
    timing(['static int8', 'float32'], 30, 120),
    // disturbed at first
    {
      ...timing(['float32', 'float16'], 300, 100),
      again: timing(['float32', 'float16'], 100, 100).latency,
    },
  ];
  const net = { spec: mnistModel, network, model };
  const dataset = { name: 'MNIST', origin: 'real', test } as const;
  const sensitivity = sensitivityOf(net, dataset, predictions, latencies);
  const [float32, simulated, mixed] = sensitivity.outcomes;
  expect(float32).toMatchObject({ correct: 3, sqnr: Infinity, paired: { changed: 0 } });
  expect(mixed.correct).toBe(4);
  expect(mixed.paired).toMatchObject({ changed: 3, gains: 2, losses: 1 });
  expect(mixed.changedRows).toEqual([2, 3, 4]);
  expect(mixed.onHalves).toEqual([0, expect.closeTo(100 / 3)]);
  // four times as fast as float32 in the same minute, which takes 100 µs in the median of all minutes
  expect(mixed.speed.get(1)).toEqual({ timesFaster: 4, microseconds: 25 });
  expect(simulated.speed.size).toBe(0);
  const halved = sensitivity.outcomes[3];
  expect(halved.speed.get(1)).toEqual({ timesFaster: 1, microseconds: 100 });
  expect(sensitivity.timed).toEqual({ all: 3, twice: 1, spreadLimit: 0.15 });
  expect(sensitivity.layers.map(({ name }) => name)).toEqual(['layer1', 'logits']);
  expect(() => outcomeOf(sensitivity, ['float16', 'float16'])).toThrow('float16 · float16');
});

test('mixtures are what has kernels', () => {
  expect(mixtures(exampleSensitivity)).toHaveLength(125);
});

test('measures that tell the same rank alike, and harms that add up are their sum', () => {
  const outcomes = singles(exampleSensitivity);
  expect(outcomes).toHaveLength(18);
  for (const a of measureNames) {
    for (const b of measureNames) expect(agreement(outcomes, a, b)).toBeCloseTo(1);
  }
  expect(places(outcomes, 'accuracy lost').toSorted((a, b) => a - b)[0]).toBe(1);
  for (const mixture of mixtures(exampleSensitivity)) {
    const sum = sumOfSingles(exampleSensitivity, mixture, 'KL divergence');
    expect(sum).toBeCloseTo(mixture.divergence, 10);
  }
});

test('equals share the better place', () => {
  const harm = (divergence: number) => ({ ...exampleSensitivity.outcomes[0], divergence });
  expect(places([1, 3, 3, 0].map(harm), 'KL divergence')).toEqual([3, 1, 1, 4]);
});
