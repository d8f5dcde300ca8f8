import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Dataset } from '#lib/loaders/dataset';
import { initialNetwork } from '#lib/models/network';
import type { ModelSpec } from '#lib/models/spec';
import { seededRandom, uniform } from '#lib/random';
import { fineTuningCases, mixedPrecisionCases, type TrainingCase } from '#lib/training/cases';
import { nonZero } from '#lib/training/gradientCounts';
import { runTrainings } from '#lib/training/runTraining';
import { trainCase, type TrainingResult } from '#lib/training/trainCase';
import { predictionsOf } from '#lib/training/trainingRecord';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trainings-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const spec: ModelSpec = {
  name: 'tiny',
  input: { dataset: 'SST-2', vocabulary: 4 },
  hiddenSize: 32,
  hiddenLayers: 1,
  learningRate: 0.01,
  batchSize: 10,
  epochs: 1,
};

/** Four numbers a row, from 0 to 1; the class tells whether the first exceeds the second. */
function separable(rows: number): Dataset {
  const random = seededRandom(3);
  const values = Float32Array.from({ length: rows * 4 }, () => uniform(random, 0, 1));
  const labels = Uint8Array.from({ length: rows }, (_, r) =>
    values[4 * r] > values[4 * r + 1] ? 1 : 0,
  );
  const split = { features: { kind: 'dense', width: 4, values } as const, labels };
  const name = 'SST-2';
  return { name, origin: 'generated', classes: 2, train: split, test: split, checksum: 'ab' };
}

const dataset = separable(60);
const trained = initialNetwork([4, 32, 2], seededRandom(1));
const input = { dataset, trained };
const place = { backend: 'example', machine: 'Example CPU, 2 cores' };
const train = (one: TrainingCase): Promise<TrainingResult> => trainCase(one, input, { threads: 1 });
const mixed = mixedPrecisionCases(spec, { steps: 20, seed: 1 });

test('every arithmetic learns, and is kept', async () => {
  const records = await runTrainings(mixed, dataset, { place, train, directory });
  expect(
    readdirSync(directory)
      .map((name) => name.replace(/-\w{12}\.json$/, ''))
      .sort(),
  ).toEqual([
    'tiny-bfloat16',
    'tiny-bfloat16-no-master-weights',
    'tiny-float16',
    'tiny-float16-scaled',
    'tiny-float16-scaled-no-master-weights',
    'tiny-float32',
  ]);
  for (const { losses, gradients, predictions } of records) {
    expect(losses).toHaveLength(20);
    expect(losses[19]).toBeLessThan(losses[0] ?? 0);
    expect(Object.values(predictions)[0]).toMatch(/^[01]{60}$/);
    expect(gradients && nonZero(gradients.weights)).toBeGreaterThan(0);
  }
  expect(records[0].gradients).toMatchObject({
    weights: { zeroed: 0 },
    activations: { zeroed: 0 },
  });
});

test('goes on where it was stopped', async () => {
  const firstTwo = mixed.slice(0, 2).map(train);
  const stopped = runTrainings(mixed, dataset, {
    place,
    train: async (one) => {
      const i = mixed.findIndex((each) => each === one);
      if (i < firstTwo.length) return firstTwo[i];
      await Promise.all(firstTwo);
      throw new Error('stopped');
    },
    directory,
  });
  await expect(stopped).rejects.toThrow('tiny-float16: stopped');
  expect(readdirSync(directory)).toHaveLength(2);
  const trained: TrainingCase[] = [];
  const records = await runTrainings(mixed, dataset, {
    place,
    train: (one) => {
      trained.push(one);
      return train(one);
    },
    directory,
  });
  expect(trained).toEqual(mixed.slice(2));
  expect(records.map((record) => record.case)).toEqual(mixed);
  expect(await runTrainings(mixed, dataset, { place, train, directory })).toEqual(records);
});

test('fine-tuning: without steps the network is put on every grid, else on its own', async () => {
  const cases = fineTuningCases(spec, { steps: 10, seed: 1, learningRate: 0.01 });
  const [asTrained, continued, , w4] = await runTrainings(cases.slice(0, 4), dataset, {
    place,
    train,
    directory,
  });
  expect(asTrained.losses).toEqual([]);
  expect(continued.losses).toHaveLength(10);
  expect(Object.keys(continued.predictions)).toEqual(Object.keys(asTrained.predictions));
  expect(Object.keys(w4.predictions)).toEqual(['W4', 'W4, engine']);
  for (const name of ['W8', 'W4']) {
    // The engine multiplies the same weights in float32.
    expect(predictionsOf(asTrained, `${name}, engine`)).toEqual(predictionsOf(asTrained, name));
  }
  expect(() => predictionsOf(w4, 'W2')).toThrow('there are: W4, W4, engine');
});
