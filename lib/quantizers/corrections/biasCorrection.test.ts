import { expect, test } from 'vitest';
import { node, value } from '#lib/onnx/graph';
import { exportOnnx } from '#lib/models/exportOnnx';
import { decodeModel, encodeModel, makeModel } from '#lib/onnx/model';
import { tensorProto } from '#lib/onnx/tensor';
import { correctBiases } from '#lib/quantizers/corrections/biasCorrection';
import { calibrate } from '#lib/quantizers/calibration';
import { fakeQuantize } from '#lib/quantizers/fakeQuantize';
import { innerTensors } from '#lib/quantizers/innerTensors';
import { linearLayers } from '#lib/quantizers/linearLayers';
import { quantizeStatic } from '#lib/quantizers/staticInt8';
import { seededRandom, uniform } from '#lib/random';

const random = seededRandom(12);
const widths = [20, 32, 24, 5];
const model = encodeModel(
  exportOnnx(
    widths.slice(1).map((outputs, i) => ({
      inputs: widths[i],
      outputs,
      weights: Float32Array.from({ length: widths[i] * outputs }, () => uniform(random, -0.5, 0.5)),
      bias: Float32Array.from({ length: outputs }, () => uniform(random, -0.5, 0.5)),
    })),
    'net',
  ),
);
const batches = [64, 64, 17].map((rows) =>
  Float32Array.from({ length: rows * widths[0] }, () => uniform(random, 0, 1)),
);
const ranges = await calibrate(model, batches);

/** Greatest mean error among the outputs of each layer, over all examples. */
async function meanErrors(quantized: Uint8Array, exact = model): Promise<number[]> {
  const errors: number[] = [];
  for (const { output, weight, outputAxis } of linearLayers(decodeModel(exact).graph)) {
    const read = async (of: Uint8Array): Promise<number[]> => {
      const values: number[] = [];
      for await (const [part] of innerTensors(of, [output], batches)) values.push(...part);
      return values;
    };
    const [approximate, precise] = [await read(quantized), await read(exact)];
    const outputs = weight.dims[outputAxis];
    const sums = new Array<number>(outputs).fill(0);
    precise.forEach((y, i) => (sums[i % outputs] += approximate[i] - y));
    errors.push(Math.max(...sums.map(Math.abs)) / (precise.length / outputs));
  }
  return errors;
}

test.each([
  ['weights of 3 bits', (bytes: Uint8Array) => fakeQuantize(bytes, { bits: 3 }), 1e-5],
  ['weights of 2 bits', (bytes: Uint8Array) => fakeQuantize(bytes, { bits: 2 }), 1e-5],
  // The int32 bias has a step of 1e-5 or so, and the engine rounds each product.
  ['static int8', (bytes: Uint8Array) => quantizeStatic(bytes, ranges), 1e-4],
])('the mean error of every output vanishes: %s', async (_, quantize, bound) => {
  const corrected = await correctBiases(model, quantize, batches);
  for (const error of await meanErrors(quantize(model))) expect(error).toBeGreaterThan(10 * bound);
  for (const error of await meanErrors(corrected)) expect(error).toBeLessThan(bound);
});

test('a layer by hand, which had no bias', async () => {
  // Weights 2 and 0.75 become 2 and 0, so the output lacks 0.75 · x2, whose mean is 0.75 · 4.
  const graph = {
    name: 'net',
    input: [value('input', 'float32', ['batch', 2])],
    output: [value('logits', 'float32', ['batch', 1])],
    initializer: [
      tensorProto('w', { dtype: 'float32', dims: [2, 1], data: Float32Array.of(2, 0.75) }),
    ],
    node: [node('Gemm', ['input', 'w'], ['logits'])],
  };
  const bare = encodeModel(makeModel(graph));
  const corrected = await correctBiases(bare, (bytes) => fakeQuantize(bytes, { bits: 2 }), [
    Float32Array.of(1, 2, 5, 6),
  ]);
  const logits: number[] = [];
  for await (const [part] of innerTensors(corrected, ['logits'], [Float32Array.of(1, 0)]))
    logits.push(...part);
  expect(logits).toEqual([2 + 0.75 * 4]);
});

test('refuses to work without examples', async () => {
  const quantize = (bytes: Uint8Array): Uint8Array => fakeQuantize(bytes, { bits: 4 });
  await expect(correctBiases(model, quantize, [])).rejects.toThrow('no calibration examples');
});
