import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { evaluate } from '#lib/evaluation/accuracy';
import { compareModels } from '#lib/evaluation/compareModels';
import { openSession } from '#lib/evaluation/session';
import type { Dataset, Split } from '#lib/loaders/dataset';
import { exportOnnx } from '#lib/models/exportOnnx';
import { initialNetwork } from '#lib/models/network';
import { mnistModel } from '#lib/models/spec';
import { encodeModel } from '#lib/onnx/model';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { seededRandom, uniform } from '#lib/random';
import { runSensitivity } from '#lib/sensitivity/runSensitivity';
import type { Assignment } from '#lib/sensitivity/assignment';

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
const options = {
  protocol: { runs: 2, runMilliseconds: 1, runCalls: 2, batchSizes: [1, 8] },
  calibration: { examples: 32, seed: 1 },
  threads: 1,
};
const assignments: Assignment[] = [
  ['float32', 'float32'],
  ['dynamic int8', 'float32'],
  ['dynamic int8', 'dynamic int8'],
  ['uint8 activations', 'float32'],
];

test('float32 is like itself; others are what the evaluation of their model says', async () => {
  const records = await runSensitivity(net, dataset, assignments, { ...options, directory });
  expect(records.map(({ assignment }) => assignment)).toEqual(assignments);
  const [float32, single, dynamic, activations] = records;
  expect(float32).toMatchObject({ divergence: 0, sqnr: null, sizeBytes: net.model.length });

  const session = await openSession(quantizeDynamic(net.model), { threads: 1 });
  const { predictions } = await evaluate(session, dataset.test, { batchSize: 64 });
  await session.release();
  expect(dynamic.predictions).toBe(predictions.join(''));
  expect(dynamic.divergence).toBeGreaterThan(0);
  expect(dynamic.layerSqnr).toBeNull();

  const { features } = dataset.test;
  const layer1 = quantizeDynamic(net.model, { layers: ({ output }) => output === 'layer1' });
  const input = { dtype: 'float32', dims: [60, 16], data: features.values } as const;
  const { tensors, outputs } = await compareModels(net.model, layer1, input, { threads: 1 });
  expect(single.layerSqnr).toBeCloseTo(tensors[0].sqnr, 6);
  expect(single.sqnr).toBeCloseTo(outputs[0].sqnr, 6);

  expect(dynamic.latency.map(({ batchSize }) => batchSize)).toEqual([1, 8]);
  expect(activations.latency).toEqual([]);
});

test('goes on where it was stopped, and measures anew what depends on other weights', async () => {
  const controller = new AbortController();
  const stopped = runSensitivity(net, dataset, assignments, {
    ...{ ...options, directory, signal: controller.signal },
    onProgress: (_done, _total, note) => {
      if (note === '2 of 4 cases') controller.abort(new Error('stopped'));
    },
  });
  await expect(stopped).rejects.toThrow('stopped');
  expect(readdirSync(directory)).toHaveLength(2);

  const notes: string[] = [];
  const resumed = {
    ...options,
    directory,
    onProgress: (_d: number, _t: number, note: string) => notes.push(note),
  };
  await runSensitivity(net, dataset, assignments, resumed);
  expect(notes).toEqual(['1 of 2 cases', '2 of 2 cases']);
  const [layer] = network;
  const other = [{ ...layer, bias: layer.bias.map((x) => x + 1) }, network[1]];
  const changed = { ...net, model: encodeModel(exportOnnx(other, 'net')) };
  await runSensitivity(changed, dataset, assignments.slice(0, 1), resumed);
  expect(notes.at(-1)).toBe('1 of 1 cases');
});
