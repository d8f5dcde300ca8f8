import { beforeAll, expect, test } from 'vitest';
import { tfjsBackend } from '#lib/models/backend';
import { tfjsLogits } from '#lib/models/forward';
import { separable, tinyModel } from '#lib/models/exampleTraining';
import { train } from '#lib/models/train';

beforeAll(() => {
  process.env.LAB_BACKEND = 'wasm'; // of this file's own process
});

test('without native TensorFlow training is as good, and as repeatable', async () => {
  expect((await tfjsBackend()).name).toBe('wasm');
  const dataset = separable(205);
  const { network } = await train(tinyModel, dataset, { seed: 1 });
  const logits = await tfjsLogits(network, dataset.test.features);
  const right = dataset.test.labels.filter(
    (label, r) => (logits[2 * r + 1] > logits[2 * r] ? 1 : 0) === label,
  );
  expect(right.length).toBeGreaterThan(185);
  expect((await train(tinyModel, dataset, { seed: 1 })).network).toEqual(network);
});
