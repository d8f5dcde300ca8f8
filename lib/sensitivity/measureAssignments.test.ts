import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { evaluateModel } from '#lib/evaluation/accuracy';
import { compareModels } from '#lib/evaluation/compareModels';
import type { Dataset, Split } from '#lib/loaders/dataset';
import { exportOnnx } from '#lib/models/exportOnnx';
import { initialNetwork } from '#lib/models/network';
import { mnistModel } from '#lib/models/spec';
import { encodeModel } from '#lib/onnx/model';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { seededRandom, uniform } from '#lib/random';
import type { Assignment } from '#lib/sensitivity/assignment';
import { originalOf } from '#lib/sensitivity/original';
import { predictAssignments } from '#lib/sensitivity/predictAssignments';
import { timeAssignments, timeSuspiciousAgain } from '#lib/sensitivity/timeAssignments';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sensitivity-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const random = seededRandom(7);
const numbers = (length: number): Float32Array =>
  Float32Array.from({ length }, () => uniform(random, -1, 1));
const split = (rows: number): Split => ({
  features: { kind: 'dense', width: 16, values: numbers(rows * 16) },
  labels: Uint8Array.from({ length: rows }, (_, row) => row % 4),
});
const dataset: Dataset = {
  ...{ name: 'MNIST', origin: 'generated', classes: 4, checksum: 'none' },
  ...{ train: split(40), test: split(60) },
};
const network = initialNetwork([16, 24, 4], random);
const net = { spec: mnistModel, model: encodeModel(exportOnnx(network, 'net')) };
const calibration = { examples: 32, seed: 1 };
const original = await originalOf(net, dataset, calibration);
const timing = {
  protocol: { runs: 2, runMilliseconds: 1, runCalls: 2, spreadLimit: 0.15, batchSizes: [1, 8] },
  threads: 1,
};
const assignments: Assignment[] = [
  ['float32', 'float32'],
  ['dynamic int8', 'float32'],
  ['dynamic int8', 'dynamic int8'],
  ['uint8 activations', 'float32'],
];

test('float32 is like itself; others are what the evaluation of their model says', async () => {
  const records = await predictAssignments(original, assignments, { directory });
  expect(records.map(({ assignment }) => assignment)).toEqual(assignments);
  const [float32, single, dynamic] = records;
  expect(float32).toMatchObject({ divergence: 0, sqnr: null, sizeBytes: net.model.length });

  const int8 = quantizeDynamic(net.model);
  const { predictions } = await evaluateModel(int8, dataset.test, { batchSize: 64 });
  expect(dynamic.predictions).toBe(predictions.join(''));
  expect(dynamic.divergence).toBeGreaterThan(0);
  expect(dynamic.layerSqnr).toBeNull();

  const { features } = dataset.test;
  const layer1 = quantizeDynamic(net.model, { layers: ({ output }) => output === 'layer1' });
  const input = { dtype: 'float32', dims: [60, 16], data: features.values } as const;
  const { tensors, outputs } = await compareModels(net.model, layer1, input, { threads: 1 });
  expect(single.layerSqnr).toBeCloseTo(tensors[0].sqnr, 6);
  expect(single.sqnr).toBeCloseTo(outputs[0].sqnr, 6);
});

test('times each beside float32 at each batch size', async () => {
  const records = await timeAssignments(original, assignments.slice(0, 3), {
    ...timing,
    directory,
  });
  expect(records.map(({ assignment }) => assignment)).toEqual(assignments.slice(0, 3));
  for (const { latency } of records) {
    expect(latency.map(({ batchSize }) => batchSize)).toEqual([1, 8]);
    for (const { own, float32 } of latency) {
      expect(Math.min(own.medianMicroseconds, float32.medianMicroseconds)).toBeGreaterThan(0);
    }
  }
});

test('suspicious times are measured once more, and never a third time', async () => {
  const protocol = { ...timing.protocol, spreadLimit: 1e-9 }; // no two runs are so alike
  const options = { ...timing, protocol, directory };
  const first = await timeAssignments(original, assignments.slice(0, 2), options);
  const twice = await timeSuspiciousAgain(original, first, options);
  for (const [i, { again, ...record }] of twice.entries()) {
    expect(record).toEqual(first[i]);
    expect(again?.map(({ batchSize }) => batchSize)).toEqual([1, 8]);
  }
  const found = await timeAssignments(original, assignments.slice(0, 2), options);
  expect(found).toEqual(twice);
  expect(await timeSuspiciousAgain(original, found, options)).toEqual(twice);
});

test('answers and times go on where they were stopped', async () => {
  for (const measure of [
    ({ directory, onProgress, signal }: Stoppable) =>
      predictAssignments(original, assignments, {
        directory,
        onProgress: (...done) => {
          onProgress(...done);
          signal?.throwIfAborted();
        },
      }),
    (options: Stoppable) => timeAssignments(original, assignments, { ...timing, ...options }),
  ]) {
    const before = readdirSync(directory).length;
    const controller = new AbortController();
    const stopped = measure({
      directory,
      signal: controller.signal,
      onProgress: (_done, _total, note) => {
        if (note === '2 of 4 cases') controller.abort(new Error('stopped'));
      },
    });
    await expect(stopped).rejects.toThrow('stopped');
    expect(readdirSync(directory)).toHaveLength(before + 2);

    const notes: string[] = [];
    await measure({ directory, onProgress: (_done, _total, note) => notes.push(note) });
    expect(notes).toEqual(['1 of 2 cases', '2 of 2 cases']);
  }
});

interface Stoppable {
  readonly directory: string;
  readonly signal?: AbortSignal;
  readonly onProgress: (done: number, total: number, note: string) => void;
}

test('measures anew what depends on other weights', async () => {
  await predictAssignments(original, assignments.slice(0, 1), { directory });
  const [layer] = network;
  const other = [{ ...layer, bias: layer.bias.map((x) => x + 1) }, network[1]];
  const changed = { ...net, model: encodeModel(exportOnnx(other, 'net')) };
  const notes: string[] = [];
  await predictAssignments(
    await originalOf(changed, dataset, calibration),
    assignments.slice(0, 1),
    { directory, onProgress: (_done, _total, note) => notes.push(note) },
  );
  expect(notes).toEqual(['1 of 1 cases']);
});
