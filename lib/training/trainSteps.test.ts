import { expect, test } from 'vitest';
import type { Dataset } from '#lib/loaders/dataset';
import { tfjsBackend } from '#lib/models/backend';
import { tfjsLogits } from '#lib/models/forward';
import { initialNetwork } from '#lib/models/network';
import { train } from '#lib/models/train';
import { seededRandom, uniform } from '#lib/random';
import { defaultLossScaling, lossScaler } from '#lib/training/lossScaler';
import { quantizedThrough } from '#lib/training/quantizedThrough';
import { roundedTensor } from '#lib/training/roundedTensor';
import { roundingTo } from '#lib/training/rounding';
import { trainSteps } from '#lib/training/trainSteps';

/** Four numbers a row; the class tells whether the first exceeds the second. */
function separable(rows: number, size = 1): Dataset {
  const random = seededRandom(3);
  const values = Float32Array.from({ length: rows * 4 }, () => size * uniform(random, -1, 1));
  const labels = Uint8Array.from({ length: rows }, (_, r) =>
    values[4 * r] > values[4 * r + 1] ? 1 : 0,
  );
  const split = { features: { kind: 'dense', width: 4, values } as const, labels };
  const name = 'SST-2';
  return { name, origin: 'generated', classes: 2, train: split, test: split, checksum: '' };
}

const { train: split } = separable(100);
const start = initialNetwork([4, 16, 2], seededRandom(1));
const options = { batchSize: 10, learningRate: 0.01, seed: 1, arithmetic: {} };

test('in float32 it is the training of the lab', async () => {
  const input = { dataset: 'SST-2', vocabulary: 4 } as const;
  const spec = { name: 'tiny', input, hiddenSize: 16, hiddenLayers: 1, epochs: 1, ...options };
  const dataset = separable(100);
  // One batch of all examples: the order, which the two draw differently, does not matter.
  const theirs = await train({ ...spec, batchSize: 100, epochs: 5 }, dataset, { seed: 1 });
  const ours = await trainSteps(start, split, { ...options, batchSize: 100, steps: 5 });
  ours.network.forEach(({ weights, bias }, layer) => {
    weights.forEach((weight, i) => {
      expect(weight).toBeCloseTo(theirs.network[layer].weights[i], 4);
    });
    bias.forEach((value, i) => {
      expect(value).toBeCloseTo(theirs.network[layer].bias[i], 4);
    });
  });
  expect(ours.losses[4]).toBeCloseTo(theirs.losses[4], 5);
  expect(ours.losses[4]).toBeLessThan(ours.losses[0]);
});

test('a loss scale that is a power of two changes nothing in float32', async () => {
  const scaler = lossScaler({ ...defaultLossScaling, growthInterval: 4 });
  const plain = await trainSteps(start, split, { ...options, steps: 9 });
  const scaled = await trainSteps(start, split, { ...options, steps: 9, arithmetic: { scaler } });
  expect(scaled.network).toEqual(plain.network);
  expect(scaled.losses).toEqual(plain.losses);
  expect([...scaled.lossScales]).toEqual([16, 16, 16, 16, 17, 17, 17, 17, 18].map((e) => 2 ** e));
  expect([...plain.lossScales]).toEqual(Array.from({ length: 9 }, () => 1));
});

test('a step whose gradients overflow is left out, and the next one is scaled less', async () => {
  const { tf } = await tfjsBackend();
  const round = await roundingTo('float16');
  const arithmetic = {
    through: () => (x: Parameters<typeof roundedTensor>[1]) => roundedTensor(tf, x, round),
    scaler: lossScaler({ ...defaultLossScaling, initialScale: 2 ** 22 }),
  };
  const one = { ...options, arithmetic };
  const { network, skipped, lossScales } = await trainSteps(start, split, { ...one, steps: 1 });
  expect(skipped).toEqual([1]);
  expect(network).toEqual(start);
  expect(lossScales[0]).toBe(2 ** 22);
  const more = await trainSteps(start, split, { ...one, steps: 12 });
  expect(more.skipped.length).toBeGreaterThan(0);
  expect(more.skipped.length).toBeLessThan(12);
  const factors = more.skipped.map((step) => more.lossScales[step] / more.lossScales[step - 1]);
  expect(new Set(factors)).toEqual(new Set([0.5]));
  expect(more.network).not.toEqual(start);
});

test('without a scaler an overflow ends the training', async () => {
  const { tf } = await tfjsBackend();
  const round = await roundingTo('float16');
  const huge = separable(100, 1e6).train;
  const arithmetic = {
    through: () => (x: Parameters<typeof roundedTensor>[1]) => roundedTensor(tf, x, round),
  };
  await expect(trainSteps(start, huge, { ...options, arithmetic, steps: 3 })).rejects.toThrow(
    'diverged',
  );
});

test('without master weights, parameters are numbers of the format', async () => {
  const round = await roundingTo('bfloat16');
  const { network } = await trainSteps(start, split, {
    ...options,
    steps: 3,
    arithmetic: { keep: round },
  });
  for (const { weights } of network) expect(weights).toEqual(round(weights));
  expect(network[0].weights).not.toEqual(round(start[0].weights));
});

test('learns with weights of two bits', async () => {
  const { tf } = await tfjsBackend();
  const right = async (network: typeof start): Promise<number> => {
    const through = quantizedThrough(tf, network, { bits: 2 });
    const logits = await tfjsLogits(network, split.features, through);
    return split.labels.filter((label, r) => (logits[2 * r + 1] > logits[2 * r] ? 1 : 0) === label)
      .length;
  };
  const { network } = await trainSteps(start, split, {
    ...options,
    steps: 150,
    arithmetic: { through: (now) => quantizedThrough(tf, now(), { bits: 2 }) },
  });
  expect(await right(start)).toBeLessThan(80);
  expect(await right(network)).toBeGreaterThan(90);
});
