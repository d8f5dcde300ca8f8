import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { openSession, predict } from '#lib/evaluation/session';
import type { Dataset } from '#lib/loaders/dataset';
import { trainedModel } from '#lib/models/checkpoint';
import { tfjsLogits } from '#lib/models/forward';
import type { ModelSpec } from '#lib/models/spec';
import { train } from '#lib/models/train';
import { seededRandom, uniform } from '#lib/random';

const spec: ModelSpec = {
  name: 'tiny',
  input: { dataset: 'SST-2', vocabulary: 6 },
  hiddenSize: 16,
  hiddenLayers: 2,
  learningRate: 0.01,
  batchSize: 10,
  epochs: 1,
};
const random = seededRandom(1);
const split = {
  features: {
    kind: 'dense',
    width: 6,
    values: Float32Array.from({ length: 240 }, () => uniform(random, -2, 2)),
  } as const,
  labels: Uint8Array.from({ length: 40 }, (_, i) => i % 2),
};
const dataset: Dataset = {
  name: 'SST-2',
  origin: 'generated',
  classes: 2,
  train: split,
  test: split,
  checksum: 'a',
};

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'models-'));
});

test('trains once, then reads what it kept', async () => {
  const training = vi.fn(train);
  const first = await trainedModel(spec, dataset, { seed: 1, training }, directory);
  const again = await trainedModel(spec, dataset, { seed: 1, training }, directory);
  expect(training).toHaveBeenCalledTimes(1);
  expect(again).toEqual(first);
});

test.each([
  ['seed', spec, dataset, 2],
  ['hyperparameter', { ...spec, learningRate: 0.02 }, dataset, 1],
  ['data', spec, { ...dataset, checksum: 'b' }, 1],
])('another %s is another checkpoint', async (_, otherSpec, otherData, seed) => {
  const training = vi.fn(train);
  await trainedModel(spec, dataset, { seed: 1 }, directory);
  await trainedModel(otherSpec, otherData, { seed, training }, directory);
  expect(training).toHaveBeenCalledTimes(1);
  expect(readdirSync(directory)).toHaveLength(2);
});

test.each([
  ['cut off', (file: Buffer) => file.subarray(0, 500)],
  ['empty', () => Buffer.alloc(0)],
  [
    'altered in a weight',
    (file: Buffer) => {
      file[file.lastIndexOf('layer2.weight') + 50] ^= 1; // its numbers follow its name
      return file;
    },
  ],
])('a file that is %s is said to be unusable and made again', async (_, damage) => {
  const { path, network } = await trainedModel(spec, dataset, { seed: 1 }, directory);
  writeFileSync(path, damage(readFileSync(path)));
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const again = await trainedModel(spec, dataset, { seed: 1 }, directory);
  expect(warn.mock.calls.flat().join()).toContain('trained anew');
  warn.mockRestore();
  expect(again.network).toEqual(network);
});

test('an interrupted training leaves no file', async () => {
  const onStep = (step: number): void => {
    if (step === 2) throw new Error('enough');
  };
  const training: typeof train = (...[of, on, { seed }]) => train(of, on, { seed, onStep });
  await expect(trainedModel(spec, dataset, { seed: 1, training }, directory)).rejects.toThrow(
    'enough',
  );
  expect(readdirSync(directory)).toEqual([]);
});

test('the exported model gives the logits that tfjs gives', async () => {
  const { network, model } = await trainedModel(spec, dataset, { seed: 1 }, directory);
  const session = await openSession(model, { threads: 1 });
  const onnx = await predict(session, split.features, { batchSize: 7 });
  await session.release();
  const tfjs = await tfjsLogits(network, split.features);
  expect(onnx).toHaveLength(80);
  onnx.forEach((logit, i) => {
    expect(Math.abs(logit - tfjs[i])).toBeLessThan(1e-4);
  });
});
