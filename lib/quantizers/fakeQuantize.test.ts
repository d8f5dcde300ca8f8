import { expect, test } from 'vitest';
import { openSession } from '#lib/evaluation/session';
import { exportOnnx } from '#lib/models/exportOnnx';
import { decodeModel, encodeModel } from '#lib/onnx/model';
import { joinChannels, splitChannels } from '#lib/mapping/channels';
import { quantizationError } from '#lib/mapping/error';
import { fakeQuantize, reconstructedWeights } from '#lib/quantizers/fakeQuantize';
import { linearLayers } from '#lib/quantizers/linearLayers';
import { seededRandom, uniform } from '#lib/random';

const random = seededRandom(4);
const [inputs, outputs] = [40, 12];
/** Column c is c + 1 times as wide as the first. */
const weights = Float32Array.from(
  { length: inputs * outputs },
  (_, i) => uniform(random, -1, 1) * (1 + (i % outputs)),
);
const model = encodeModel(
  exportOnnx([{ inputs, outputs, weights, bias: new Float32Array(outputs) }], 'net'),
);
const [layer] = linearLayers(decodeModel(model).graph);

test('each bit more brings some 6 dB', () => {
  const sqnr = [4, 6, 8, 10, 12].map(
    (bits) => quantizationError(weights, reconstructedWeights(layer, { bits })).sqnr,
  );
  sqnr.slice(1).forEach((value, i) => {
    expect(Math.abs((value - sqnr[i]) / 2 - 20 * Math.log10(2))).toBeLessThan(1);
  });
});

test('affine, per channel and per block reconstruct better where that fits the weights', () => {
  const errorOf = (data: Float32Array): number => quantizationError(weights, data).meanSquared;
  const whole = errorOf(reconstructedWeights(layer, { bits: 6 }));
  const channels = errorOf(reconstructedWeights(layer, { bits: 6, perChannel: true }));
  expect(channels).toBeLessThan(whole);
  expect(errorOf(reconstructedWeights(layer, { bits: 6, blockSize: 8 }))).toBeLessThan(channels);

  const positive = { ...layer, weight: { ...layer.weight, data: weights.map(Math.abs) } };
  const error = (scheme: 'affine' | 'symmetric'): number =>
    quantizationError(positive.weight.data, reconstructedWeights(positive, { bits: 6, scheme }))
      .meanSquared;
  expect(error('affine')).toBeLessThan(error('symmetric') / 3);
});

test('has at most as many different weights as integers', () => {
  const levels = new Set(reconstructedWeights(layer, { bits: 3 }));
  expect([...levels].sort((a, b) => a - b)).toHaveLength(7);
});

test('the model predicts with reconstructed weights', async () => {
  const session = await openSession(fakeQuantize(model, { bits: 3 }), { threads: 1 });
  const x = Float32Array.from({ length: inputs }, (_, i) => (i === 5 ? 1 : 0));
  const logits = await session.run(x);
  await session.release();
  const reconstructed = reconstructedWeights(layer, { bits: 3 });
  expect([...logits]).toEqual([...reconstructed.slice(5 * outputs, 6 * outputs)]);
});

test('blocks run along the inputs of each output', () => {
  const ramp = {
    ...layer,
    weight: { ...layer.weight, dims: [4, 2], data: Float32Array.of(1, 8, 2, 0, 64, 0, 0, 0.5) },
  };
  const expected = [1, 8, 2, 0, 64, 0, 0, 0.5].map((w) => Math.fround(w));
  // Blocks of 2 inputs: (1, 2), (8, 0) and (64, 0), (0, 0.5). 2 bits are -1, 0 and 1 times the greatest.
  expected[0] = 0; // half of 2, to even
  expect([...reconstructedWeights(ramp, { bits: 2, blockSize: 2 })]).toEqual(expected);
});

test('measures errors', () => {
  expect(quantizationError([3, 4], [3, 3])).toEqual({
    meanSquared: 0.5,
    maximum: 1,
    sqnr: 10 * Math.log10(25),
  });
  expect(quantizationError([1, 2], [1, 2]).sqnr).toBe(Infinity);
  expect(quantizationError([0], [1]).sqnr).toBe(-Infinity);
  expect(() => quantizationError([1], [1, 2])).toThrow("can't compare 1 values with 2");
});

test('channels are slices along an axis', () => {
  const data = Float32Array.from({ length: 12 }, (_, i) => i);
  const dims = [2, 3, 2];
  expect(splitChannels(data, dims, 1).map((channel) => [...channel])).toEqual([
    [0, 1, 6, 7],
    [2, 3, 8, 9],
    [4, 5, 10, 11],
  ]);
  for (const axis of [0, 1, 2, undefined]) {
    const joined = joinChannels(splitChannels(data, dims, axis), dims, axis, new Float32Array(12));
    expect(joined).toEqual(data);
  }
  expect(() => splitChannels(data, dims, 3)).toThrow('a tensor of shape [2, 3, 2] has no axis 3');
});
