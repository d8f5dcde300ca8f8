import { expect, test } from 'vitest';
import type { DenseFeatures, Features } from '#lib/loaders/dataset';
import { separable, tinyModel as spec } from '#lib/models/exampleTraining';
import { tfjsLogits } from '#lib/models/forward';
import { networkWidths } from '#lib/models/network';
import { train, trainingSteps } from '#lib/models/train';

test('learns, and reports every step', async () => {
  const dataset = separable(205);
  const steps: number[] = [];
  const { network, losses } = await train(spec, dataset, {
    seed: 1,
    onStep: (step) => steps.push(step),
  });
  expect(steps).toHaveLength(trainingSteps(spec, 205));
  expect(steps.at(-1)).toBe(21 * 8);
  expect(losses[0]).toBeGreaterThan(0.6); // ln 2 for two classes untold apart
  const logits = await tfjsLogits(network, dataset.test.features);
  const right = dataset.test.labels.filter(
    (label, r) => (logits[2 * r + 1] > logits[2 * r] ? 1 : 0) === label,
  );
  expect(right.length).toBeGreaterThan(185);
});

test('gives the same network for the same seed, another for another', async () => {
  const dataset = separable(50);
  const [first, again, other] = [
    await train(spec, dataset, { seed: 1 }),
    await train(spec, dataset, { seed: 1 }),
    await train(spec, dataset, { seed: 2 }),
  ];
  expect(again.network).toEqual(first.network);
  expect(other.network).not.toEqual(first.network);
});

test('takes the width of the data where the spec names none', async () => {
  const input = { dataset: 'SST-2', vocabulary: 'all' } as const;
  const { network } = await train({ ...spec, input }, separable(50), { seed: 1 });
  const { network: named } = await train(spec, separable(50), { seed: 1 });
  expect(networkWidths(network)).toEqual([4, 16, 2]);
  expect(network).toEqual(named);
});

test('refuses data of another width, and a loss that is no number', async () => {
  const dataset = separable(50);
  await expect(
    train({ ...spec, input: { dataset: 'SST-2', vocabulary: 5 } }, dataset, { seed: 1 }),
  ).rejects.toThrow('rows of 5 values');
  const broken = structuredClone(dataset);
  broken.train.features.values[9] = NaN;
  await expect(train(spec, broken, { seed: 1 })).rejects.toThrow('diverged');
});

test('sparse examples train the same network as the same examples made dense', async () => {
  const dense = separable(50);
  const { values } = dense.train.features as DenseFeatures;
  values.forEach((value, i) => {
    if (value < 0) values[i] = 0;
  });
  const kept = Array.from(values.keys()).filter((i) => values[i] !== 0);
  const features: Features = {
    kind: 'sparse',
    width: 4,
    offsets: Uint32Array.from({ length: 51 }, (_, r) => kept.filter((i) => i < 4 * r).length),
    columns: Uint32Array.from(kept, (i) => i % 4),
    values: Float32Array.from(kept, (i) => values[i]),
  };
  const sparse = { ...dense, train: { ...dense.train, features } };
  const [a, b] = [await train(spec, dense, { seed: 1 }), await train(spec, sparse, { seed: 1 })];
  a.network.forEach(({ weights }, layer) => {
    weights.forEach((weight, i) => {
      expect(b.network[layer].weights[i]).toBeCloseTo(weight, 4);
    });
  });
});
