import { expect, test } from 'vitest';
import { adam } from '#lib/models/adam';
import { tfjsBackend } from '#lib/models/backend';
import { seededRandom, uniform } from '#lib/random';

test('follows the same path as the optimizer of tfjs', async () => {
  const { tf } = await tfjsBackend();
  const random = seededRandom(7);
  const start = Float32Array.from({ length: 50 }, () => uniform(random, -1, 1));
  // Two arrays, of lengths that don't fill whole vectors.
  const ours = await adam([start.subarray(0, 17), start.subarray(17)], { learningRate: 0.01 });
  const theirs = tf.variable(tf.tensor1d(start));
  const optimizer = tf.train.adam(0.01, 0.9, 0.999, 1e-8);

  for (let step = 0; step < 20; step++) {
    const gradient = Float32Array.from({ length: 50 }, () => uniform(random, -1, 1));
    ours.gradients[0].set(gradient.subarray(0, 17));
    ours.gradients[1].set(gradient.subarray(17));
    ours.step();
    optimizer.applyGradients([{ name: theirs.name, tensor: tf.tensor1d(gradient) }]);
  }

  const expected = await theirs.data();
  const found = ours.parameters.flatMap((array) => [...array]);
  found.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 5);
  });
  expect(found).toHaveLength(50);
  expect(Math.abs(found[0] - start[0])).toBeGreaterThan(0.01);
});

test('a weight whose gradient stays 0 comes to rest, and moves again with it', async () => {
  const {
    parameters,
    gradients,
    step: update,
  } = await adam([Float32Array.of(0.5)], {
    learningRate: 0.01,
  });
  // The algorithm as printed, in float64.
  let [expected, m, v] = [0.5, 0, 0];
  for (let step = 1; step <= 1500; step++) {
    const g = step === 1 || step === 1500 ? 0.3 : 0;
    gradients[0][0] = g;
    update();
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    expected -= (0.01 * (m / (1 - 0.9 ** step))) / (Math.sqrt(v / (1 - 0.999 ** step)) + 1e-8);
  }
  expect(parameters[0][0]).toBeCloseTo(expected, 5);
});
