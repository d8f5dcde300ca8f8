import { expect, test } from 'vitest';
import { lossAndGradients, type LossOptions } from '#lib/models/backpropagation';
import { tfjsBackend } from '#lib/models/backend';
import { forward, parameterTensors, type Through } from '#lib/models/forward';
import { initialNetwork } from '#lib/models/network';
import { seededRandom, uniform } from '#lib/random';

const { tf } = await tfjsBackend();

/** Another factor for every tensor, so that none can stand in for another. */
const factors = { activations: 0.7, weights: 1.3, bias: -2, logits: 0.9 };
const multiplied: Through = (x, role, layer) => {
  const factor = factors[role] + layer / 10;
  return { value: tf.mul(x, factor), back: (gradient) => tf.mul(gradient, factor) };
};

test.each([
  ['no hidden layer', [5, 3], {}],
  ['one hidden layer', [7, 12, 2], {}],
  ['three hidden layers', [6, 20, 9, 14, 4], {}],
  ['tensors passing through something', [6, 20, 9, 4], { through: multiplied }],
  ['a scale', [6, 20, 4], { scale: 8 }],
])('%s: loss and gradients are those that tfjs derives', (_, widths, options: LossOptions) => {
  const random = seededRandom(5);
  const batch = 11;
  const values = Float32Array.from({ length: batch * widths[0] }, () => uniform(random, -2, 2));
  const x = tf.tensor2d(values, [batch, widths[0]]);
  const classes = widths[widths.length - 1];
  const classOf = Int32Array.from({ length: batch }, (_, row) => row % classes);
  const parameters = parameterTensors(tf, initialNetwork(widths, random));

  const found = lossAndGradients(tf, parameters, x, tf.tensor1d(classOf, 'int32'), options);
  const y = tf.oneHot(classOf, classes);
  const { value, grads } = tf.valueAndGrads((...tensors) =>
    tf.losses.softmaxCrossEntropy(y, forward(tf, tensors, x, options.through)).asScalar(),
  )(parameters);
  expect(found.loss.dataSync()[0]).toBeCloseTo(value.dataSync()[0], 5);
  expect(found.gradients).toHaveLength(parameters.length);
  found.gradients.forEach((gradient, i) => {
    expect(gradient.shape).toEqual(parameters[i].shape);
    const expected = grads[i].mul(options.scale ?? 1).dataSync();
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(1e-3);
    gradient.dataSync().forEach((number, k) => {
      expect(number).toBeCloseTo(expected[k], 6);
    });
  });
});
