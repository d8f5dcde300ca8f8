import { expect, test } from 'vitest';
import { tfjsBackend } from '#lib/models/backend';
import { exportOnnx } from '#lib/models/exportOnnx';
import { forward, parameterTensors } from '#lib/models/forward';
import { initialNetwork, type Network } from '#lib/models/network';
import { encodeModel } from '#lib/onnx/model';
import { readCanonical } from '#lib/quantizers/canonicalLayers';
import { reconstructedWeights } from '#lib/quantizers/fakeQuantize';
import { linearLayers } from '#lib/quantizers/linearLayers';
import { seededRandom } from '#lib/random';
import { quantizedThrough, weightScales } from '#lib/training/quantizedThrough';

const network: Network = initialNetwork([6, 5, 3], seededRandom(4));
network[0].weights.fill(0, 0, 5);
for (let row = 0; row < 6; row++) network[0].weights[5 * row + 2] = 0; // an output without weights

test('weights become those that the quantizers reconstruct', async () => {
  const { tf } = await tfjsBackend();
  const layers = linearLayers(readCanonical(encodeModel(exportOnnx(network, 'net'))).graph);
  for (const bits of [8, 4, 3, 2]) {
    const through = quantizedThrough(tf, network, { bits });
    layers.forEach((layer, i) => {
      const weights = tf.tensor2d(network[i].weights, [network[i].inputs, network[i].outputs]);
      expect(through(weights, 'weights', i).value.dataSync()).toEqual(
        reconstructedWeights(layer, { bits, perChannel: true }),
      );
    });
  }
});

test('an output of zeros gets scale 1', () => {
  expect(weightScales(network[0], 4)[2]).toBe(1);
});

test('without mappings activations stay as they are, and biases always do', async () => {
  const { tf } = await tfjsBackend();
  const x = tf.tensor2d([[0.3, -7, 1e9]]);
  const through = quantizedThrough(tf, network, { bits: 2 });
  expect(through(x, 'activations', 0).value).toBe(x);
  expect(through(x, 'logits', 1).value).toBe(x);
  const activations = [1, 2].map((scale) => ({
    scale,
    zeroPoint: 0,
    integers: { min: 0, max: 3 },
  }));
  const both = quantizedThrough(tf, network, { bits: 2, activations });
  expect(both(x, 'bias', 0).value).toBe(x);
  expect([...both(x, 'activations', 1).value.dataSync()].map((y) => y + 0)).toEqual([0, 0, 6]);
});

test('scales come from all of the weights, also where the batch uses a part of them', async () => {
  const { tf } = await tfjsBackend();
  const rest = network[0].weights.slice(10);
  const through = quantizedThrough(tf, network, { bits: 4 });
  const whole = tf.tensor2d(network[0].weights, [6, 5]);
  const part = through(tf.tensor2d(rest, [4, 5]), 'weights', 0).value.dataSync();
  expect(part).toEqual(through(whole, 'weights', 0).value.dataSync().slice(10));
});

test('a network of exact levels gives the same logits quantized', async () => {
  const { tf } = await tfjsBackend();
  const exact = [
    {
      inputs: 2,
      outputs: 2,
      weights: Float32Array.of(1, -0.5, -1, 0.5),
      bias: Float32Array.of(0.1, 0.2),
    },
  ];
  const x = tf.tensor2d([[3, 1]]);
  const parameters = parameterTensors(tf, exact);
  const plain = forward(tf, parameters, x).dataSync();
  const quantized = forward(tf, parameters, x, quantizedThrough(tf, exact, { bits: 2 }));
  expect(quantized.dataSync()).toEqual(plain);
});
