import { describe, expect, test } from 'vitest';
import { openSession } from '#lib/evaluation/session';
import { node, value, type Node } from '#lib/onnx/graph';
import { exportOnnx } from '#lib/models/exportOnnx';
import { decodeModel, encodeModel, makeModel } from '#lib/onnx/model';
import { tensorProto } from '#lib/onnx/tensor';
import { equalize } from '#lib/quantizers/corrections/equalization';
import { linearLayers, type LinearLayer } from '#lib/quantizers/linearLayers';
import { seededRandom, uniform } from '#lib/random';

const random = seededRandom(11);
function numbers(length: number): Float32Array {
  return Float32Array.from({ length }, () => uniform(random, -1, 1) * 10 ** uniform(random, -1, 1));
}

/** A network of these widths, with ReLU between its layers. */
function networkModel(widths: number[]): Uint8Array {
  const layers = widths.slice(1).map((outputs, i) => ({
    inputs: widths[i],
    outputs,
    weights: numbers(widths[i] * outputs),
    bias: numbers(outputs),
  }));
  return encodeModel(exportOnnx(layers, 'net'));
}

async function logitsOf(model: Uint8Array, batch: Float32Array): Promise<Float32Array> {
  const session = await openSession(model, { threads: 1 });
  const logits = await session.run(batch);
  await session.release();
  return logits;
}

function layersOf(model: Uint8Array): LinearLayer[] {
  return linearLayers(decodeModel(model).graph);
}

/** Greatest magnitude for each index of an axis. */
function magnitudes({ weight: { data, dims } }: LinearLayer, axis: number): number[] {
  return Array.from({ length: dims[axis] }, (_, unit) =>
    Math.max(
      ...data
        .filter((_, i) => (axis === 0 ? Math.floor(i / dims[1]) : i % dims[1]) === unit)
        .map(Math.abs),
    ),
  );
}

test('the logits stay, and each unit gets the same range on both sides', async () => {
  const model = networkModel([7, 20, 30, 4]);
  const equalized = equalize(model);
  const batch = numbers(9 * 7);
  const before = await logitsOf(model, batch);
  const after = await logitsOf(equalized, batch);
  const largest = Math.max(...before.map(Math.abs));
  before.forEach((logit, i) => {
    expect(Math.abs(after[i] - logit) / largest).toBeLessThan(1e-5);
  });
  const layers = layersOf(equalized);
  layers.slice(1).forEach((layer, i) => {
    const out = magnitudes(layer, 0);
    magnitudes(layers[i], 1).forEach((into, unit) => {
      expect(into / out[unit]).toBeCloseTo(1, 5);
    });
  });
  expect(magnitudes(layersOf(model)[0], 1)).not.toEqual(magnitudes(layers[0], 1));
});

test('a pair of layers by hand', () => {
  // Unit 0: 4 in, 1 out, so s = 4 / √4 = 2. Unit 1 has no way out, unit 2 none in: they stay.
  const model = encodeModel(
    exportOnnx(
      [
        {
          inputs: 1,
          outputs: 3,
          weights: Float32Array.of(-4, 3, 0),
          bias: Float32Array.of(1, 5, 7),
        },
        { inputs: 3, outputs: 1, weights: Float32Array.of(1, 0, 6), bias: Float32Array.of(9) },
      ],
      'net',
    ),
  );
  const [first, second] = layersOf(equalize(model));
  expect([...first.weight.data]).toEqual([-2, 3, 0]);
  expect([...(first.bias?.data ?? [])]).toEqual([0.5, 5, 7]);
  expect([...second.weight.data]).toEqual([2, 0, 6]);
  expect([...(second.bias?.data ?? [])]).toEqual([9]);
});

describe('weights stay where the layers are connected otherwise', () => {
  const [w1, w2] = [numbers(12), numbers(12)];
  const model = (nodes: Node[], outputs: string[]): Uint8Array =>
    encodeModel(
      makeModel({
        name: 'net',
        input: [value('input', 'float32', ['batch', 3])],
        output: outputs.map((name) => value(name, 'float32')),
        initializer: [
          tensorProto('w1', { dtype: 'float32', dims: [4, 3], data: w1 }),
          tensorProto('w2', { dtype: 'float32', dims: [4, 3], data: w2 }),
        ],
        node: nodes,
      }),
    );
  const first = node('Gemm', ['input', 'w1'], ['a'], { transB: 1 });
  const relu = node('Relu', ['a'], ['r']);
  const second = node('Gemm', ['r', 'w2'], ['logits']);

  test('as it should be', () => {
    const [one, two] = layersOf(equalize(model([first, relu, second], ['logits'])));
    expect(one.weight.data).not.toEqual(w1);
    magnitudes(one, 0).forEach((into, unit) => {
      expect(into).toBeCloseTo(magnitudes(two, 0)[unit], 5);
    });
  });

  test.each([
    ['by another function', [first, node('Tanh', ['a'], ['r']), second], ['logits']],
    ['an output of the model', [first, relu, second], ['logits', 'a']],
    ['the ReLU is an output', [first, relu, second], ['logits', 'r']],
    ['another reader', [first, relu, second, node('Neg', ['r'], ['n'])], ['logits', 'n']],
    [
      'another reader before the ReLU',
      [first, relu, second, node('Neg', ['a'], ['n'])],
      ['logits', 'n'],
    ],
    ['directly', [first, node('Gemm', ['a', 'w2'], ['logits'])], ['logits']],
  ])('%s', (_, nodes, outputs) => {
    const [one, two] = layersOf(equalize(model(nodes, outputs)));
    expect(one.weight.data).toEqual(w1);
    expect(two.weight.data).toEqual(w2);
  });
});

test('equalizing again changes nothing', () => {
  const once = equalize(networkModel([5, 8, 3]));
  const twice = layersOf(equalize(once));
  layersOf(once).forEach(({ weight }, i) => {
    weight.data.forEach((value, k) => {
      expect(twice[i].weight.data[k]).toBeCloseTo(value, 4);
    });
  });
});
