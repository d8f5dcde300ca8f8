import { expect, test } from 'vitest';
import { exportOnnx } from '#lib/models/exportOnnx';
import { initialNetwork } from '#lib/models/network';
import { node, value } from '#lib/onnx/graph';
import { decodeModel, encodeModel, makeModel } from '#lib/onnx/model';
import { tensorProto } from '#lib/onnx/tensor';
import { adaRound, learnRoundings } from '#lib/quantizers/corrections/adaRound';
import { fakeQuantize } from '#lib/quantizers/fakeQuantize';
import { integerRange } from '#lib/mapping/integerRange';
import { linearLayers } from '#lib/quantizers/linearLayers';
import { dequantize } from '#lib/mapping/linearMapping';
import { quantizeWeights } from '#lib/quantizers/quantizedWeights';
import { roundingProblem } from '#lib/quantizers/corrections/roundingProblem';
import { seededRandom, uniform } from '#lib/random';

function weightsOf(model: Uint8Array): Float32Array[] {
  return linearLayers(decodeModel(model).graph).map(({ weight }) => weight.data);
}

/** One layer [inputs, 1], with inputs that go together as those of real layers do. */
function smallLayer(seed: number, inputs: number): { model: Uint8Array; x: Float32Array } {
  const random = seededRandom(seed);
  const weights = Float32Array.from({ length: inputs }, () => uniform(random, -1, 1));
  const x = new Float32Array(96 * inputs);
  for (let row = 0; row < 96; row++) {
    const common = uniform(random, 0, 1);
    for (let i = 0; i < inputs; i++) x[row * inputs + i] = common + uniform(random, 0, 0.5);
  }
  const layer = { inputs, outputs: 1, weights, bias: new Float32Array(1) };
  return { model: encodeModel(exportOnnx([layer], 'net')), x };
}

test('comes near the best of all 2^12 roundings, and never behind rounding to nearest', async () => {
  const inputs = 12;
  const ranks: number[] = [];
  for (let seed = 1; seed <= 10; seed++) {
    const { model, x } = smallLayer(seed, inputs);
    const [exact] = weightsOf(model);
    /** Mean squared error of the output. */
    const lossOf = (weights: ArrayLike<number>): number => {
      let sum = 0;
      for (let row = 0; row < x.length; row += inputs) {
        let error = 0;
        for (let i = 0; i < inputs; i++) error += x[row + i] * (weights[i] - exact[i]);
        sum += error * error;
      }
      return (sum * inputs) / x.length;
    };
    const integers = integerRange({ bits: 4, signed: true });
    const [learned] = weightsOf(await adaRound(model, [x], { integers, seed: 1 }));
    const [nearest] = weightsOf(fakeQuantize(model, { bits: 4 }));
    expect(lossOf(learned)).toBeLessThanOrEqual(lossOf(nearest) * (1 + 1e-6));
    const scale = Math.max(...exact.map(Math.abs)) / 7;
    const losses = Array.from({ length: 2 ** inputs }, (_, choice) =>
      lossOf(exact.map((w, i) => (Math.floor(w / scale) + ((choice >> i) & 1)) * scale)),
    );
    ranks.push(losses.filter((loss) => loss < lossOf(learned) * (1 - 1e-6)).length);
  }
  // Within the best five of 4,096; a gradient may also end in a hollow that isn't the deepest.
  expect(ranks.filter((rank) => rank < 5).length).toBeGreaterThanOrEqual(9);
});

const random = seededRandom(21);
const network = initialNetwork([36, 24, 24, 10], random);
const model = encodeModel(exportOnnx(network, 'net'));
const batches = [40, 30].map((rows) =>
  // The last input is 0 in all examples.
  Float32Array.from({ length: rows * 36 }, (_, i) => (i % 36 === 35 ? 0 : uniform(random, 0, 1))),
);

test('roundings end at 0 or 1', async () => {
  const [layer] = linearLayers(decodeModel(model).graph);
  const integers = integerRange({ bits: 4, signed: true });
  const problem = roundingProblem(layer, batches, integers);
  const binary = (): number => {
    const h = problem.alphas.map((alpha) => 1.2 / (1 + Math.exp(-alpha)) - 0.1);
    return h.filter((value) => Math.abs(value - 0.5) > 0.49).length / h.length;
  };
  expect(binary()).toBeLessThan(0.1);
  await learnRoundings(problem, { seed: 1 });
  expect(binary()).toBeGreaterThan(0.98);
});

test.each([2, 3, 4, 8])('quantizing again to %i bits changes nothing', async (bits) => {
  const integers = integerRange({ bits, signed: true });
  const rounded = await adaRound(model, batches, { integers, seed: 1 });
  expect(weightsOf(fakeQuantize(rounded, { bits }))).toEqual(weightsOf(rounded));
  const before = weightsOf(fakeQuantize(model, { bits }));
  expect(weightsOf(rounded)).not.toEqual(before);
  // Of the input that never comes, weights are rounded to nearest.
  weightsOf(rounded)[0]
    .slice(-24)
    .forEach((weight, i) => {
      expect(weight).toBeCloseTo(before[0][35 * 24 + i], 6);
    });
});

test('the int8 quantizers take the roundings over', async () => {
  const integers = { min: -64, max: 64 };
  const rounded = await adaRound(model, batches, { integers, seed: 1 });
  for (const layer of linearLayers(decodeModel(rounded).graph)) {
    const { values, scale } = quantizeWeights(layer, {});
    expect(dequantize(values.data, { scale: scale.data[0], zeroPoint: 0 })).toEqual(
      layer.weight.data,
    );
  }
});

test('weights stored transposed come to the same', async () => {
  const [{ weights, inputs, outputs }] = network;
  const turned = weights.map((_, i) => weights[(i % inputs) * outputs + Math.floor(i / inputs)]);
  const stored = (data: Float32Array, transB: 0 | 1): Uint8Array =>
    encodeModel(
      makeModel({
        name: 'net',
        input: [value('input', 'float32', ['batch', inputs])],
        output: [value('logits', 'float32', ['batch', outputs])],
        initializer: [
          tensorProto('w', {
            dtype: 'float32',
            dims: transB ? [outputs, inputs] : [inputs, outputs],
            data,
          }),
        ],
        node: [node('Gemm', ['input', 'w'], ['logits'], { transB })],
      }),
    );
  const options = { integers: integerRange({ bits: 3, signed: true }), seed: 1 };
  const [straight] = weightsOf(await adaRound(stored(weights, 0), batches, options));
  const [other] = weightsOf(await adaRound(stored(turned, 1), batches, options));
  other.forEach((weight, i) => {
    expect(weight).toBe(straight[(i % inputs) * outputs + Math.floor(i / inputs)]);
  });
});

test('the same seed gives the same weights; tells how far it is', async () => {
  const integers = integerRange({ bits: 3, signed: true });
  const done: number[] = [];
  const options = { integers, seed: 5 };
  const once = await adaRound(model, batches, {
    ...options,
    onStep: (step, total) => {
      expect(total).toBe(600);
      done.push(step);
    },
  });
  expect(done).toEqual(Array.from({ length: 600 }, (_, i) => i + 1));
  expect(await adaRound(model, batches, options)).toEqual(once);
  await expect(adaRound(model, [], options)).rejects.toThrow('no calibration examples');
});
