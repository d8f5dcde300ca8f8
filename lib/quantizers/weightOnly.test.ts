import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSession } from '#lib/evaluation/session';
import { exportOnnx } from '#lib/models/exportOnnx';
import { findInitializer, node, value } from '#lib/onnx/graph';
import { decodeModel, encodeModel, makeModel, parameterCount } from '#lib/onnx/model';
import { readTensor, tensorProto } from '#lib/onnx/tensor';
import { dequantizeBlocks, quantizeBlocks, type BlockOptions } from '#lib/quantizers/blockWeights';
import { fakeQuantize } from '#lib/quantizers/fakeQuantize';
import { linearLayers } from '#lib/quantizers/linearLayers';
import { quantizeWeightOnly, type WeightOnlyOptions } from '#lib/quantizers/weightOnly';
import { seededRandom, uniform } from '#lib/random';

/** What `goldens/make_weight_only.py` records. */
interface Golden {
  readonly name: string;
  readonly dims: readonly [number, number];
  readonly weight: readonly number[];
  readonly blockSize: number;
  readonly made: readonly {
    readonly bits: 4 | 8;
    readonly scheme: 'symmetric' | 'affine';
    readonly values: readonly number[];
    readonly scales: readonly number[];
    readonly zeroPoints: readonly number[];
  }[];
}

const goldens = JSON.parse(
  readFileSync(join(__dirname, 'goldens/weightOnly.json'), 'utf8'),
) as Golden[];

/** One layer without bias, its weights [inputs, outputs] or [outputs, inputs]. */
function layerModel([rows, columns]: readonly number[], data: Float32Array, transB: 0 | 1) {
  const [inputs, outputs] = transB ? [columns, rows] : [rows, columns];
  return encodeModel(
    makeModel({
      name: 'layer',
      input: [value('x', 'float32', ['batch', inputs])],
      output: [value('y', 'float32', ['batch', outputs])],
      initializer: [tensorProto('w', { dtype: 'float32', dims: [rows, columns], data })],
      node: [node('Gemm', ['x', 'w'], ['y'], { transB })],
    }),
  );
}

function constant(model: Uint8Array, name: string): number[] {
  const initializer = findInitializer(decodeModel(model).graph, name);
  return initializer ? [...readTensor(initializer).data] : [];
}

describe.each(goldens)('$name', ({ dims, weight, blockSize, made }) => {
  const [inputs, outputs] = dims;
  const straight = Float32Array.from(weight);
  const turned = straight.map((_, i) => weight[(i % inputs) * outputs + Math.floor(i / inputs)]);

  test.each(made)("has MatMulNBitsQuantizer's bytes, $bits bits, $scheme", (golden) => {
    for (const model of [layerModel(dims, straight, 0), layerModel([outputs, inputs], turned, 1)]) {
      const quantized = quantizeWeightOnly(model, { ...golden, blockSize });
      expect(constant(quantized, 'w_quantized')).toEqual(golden.values);
      expect(constant(quantized, 'w_scale')).toEqual(golden.scales);
      expect(constant(quantized, 'w_zero_point')).toEqual(golden.zeroPoints);
    }
  });
});

const random = seededRandom(11);

/** Weights of a network of these widths, with biases. */
function randomModel(widths: readonly number[]): Uint8Array {
  const layers = widths.slice(1).map((outputs, i) => ({
    inputs: widths[i],
    outputs,
    weights: Float32Array.from({ length: widths[i] * outputs }, () => uniform(random, -0.1, 0.1)),
    bias: Float32Array.from({ length: outputs }, () => uniform(random, -1, 1)),
  }));
  return encodeModel(exportOnnx(layers, 'net'));
}

/** `x W + b` of a model's first layer, W as [outputs, inputs], summed in float64. */
function product(model: Uint8Array, x: Float32Array, weights: Float32Array): number[] {
  const [{ weight, bias }] = linearLayers(decodeModel(model).graph);
  const [inputs, outputs] = weight.dims;
  return Array.from({ length: (x.length / inputs) * outputs }, (_, i) => {
    const [row, output] = [Math.floor(i / outputs), i % outputs];
    let sum = bias?.data[output] ?? 0;
    for (let k = 0; k < inputs; k++) sum += x[row * inputs + k] * weights[output * inputs + k];
    return sum;
  });
}

async function logitsOf(model: Uint8Array, x: Float32Array): Promise<Float32Array> {
  const session = await openSession(model, { threads: 1 });
  try {
    return await session.run(x);
  } finally {
    await session.release();
  }
}

describe.each<BlockOptions>([
  { bits: 4, blockSize: 16 },
  { bits: 4, blockSize: 32, scheme: 'affine' },
  { bits: 4, blockSize: 64 },
  { bits: 4, blockSize: 128 },
  { bits: 4, blockSize: 256, scheme: 'affine' },
  { bits: 8, blockSize: 32 },
  { bits: 8, blockSize: 128, scheme: 'affine' },
])('$bits bits, blocks of $blockSize, $scheme', (options) => {
  test.each([
    [1, 100, 7],
    [5, 333, 10],
    [3, 1, 4],
    [2, 512, 3],
  ])(
    'the engine multiplies by the dequantized weights: %i rows, %i inputs, %i outputs',
    async (rows, inputs, outputs) => {
      const model = randomModel([inputs, outputs]);
      const x = Float32Array.from({ length: rows * inputs }, () => uniform(random, -1, 1));
      const [layer] = linearLayers(decodeModel(model).graph);
      const expected = product(model, x, dequantizeBlocks(quantizeBlocks(layer, options)));
      const logits = await logitsOf(quantizeWeightOnly(model, options), x);
      logits.forEach((logit, i) => {
        expect(Math.abs(logit - expected[i])).toBeLessThan(1e-5);
      });
    },
  );

  test('no weight is further from its own than a step', () => {
    const model = randomModel([333, 10]);
    const [layer] = linearLayers(decodeModel(model).graph);
    const blocks = quantizeBlocks(layer, options);
    const step = Math.max(...blocks.blocks.map(({ scale }) => Math.abs(scale)));
    dequantizeBlocks(blocks).forEach((weight, i) => {
      const [output, input] = [Math.floor(i / 333), i % 333];
      expect(Math.abs(weight - layer.weight.data[input * 10 + output])).toBeLessThan(1.001 * step);
    });
  });
});

test.each<WeightOnlyOptions & { smaller: number }>([
  { bits: 4, blockSize: 128, smaller: 7 },
  { bits: 8, blockSize: 128, smaller: 3.7 },
  { bits: 8, smaller: 3.9 },
])(
  'makes a model $smaller times smaller that keeps its parameters: %o',
  ({ smaller, ...options }) => {
    const model = randomModel([400, 1024, 1024, 10]);
    const quantized = quantizeWeightOnly(model, options);
    expect(model.length / quantized.length).toBeGreaterThan(smaller);
    expect(parameterCount(decodeModel(quantized))).toBe(1_470_474);
    expect(Buffer.compare(quantizeWeightOnly(model, options), quantized)).toBe(0);
  },
);

test.each([0, 1] as const)('8 bits with a scale for each output, transB %i', async (transB) => {
  const data = Float32Array.of(0.5, -3, 0.25, 1.5, -1, 2.9999);
  const dims = transB ? [2, 3] : [3, 2];
  const model = quantizeWeightOnly(layerModel(dims, data, transB), { bits: 8 });
  const channels = transB
    ? [data.slice(0, 3), data.slice(3)]
    : [0, 1].map((c) => data.filter((_, i) => i % 2 === c));
  for (let input = 0; input < 3; input++) {
    const logits = await logitsOf(model, Float32Array.of(0, 0, 0).fill(1, input, input + 1));
    logits.forEach((weight, output) => {
      const scale = Math.max(...channels[output].map(Math.abs)) / 127;
      expect(Math.abs(weight - channels[output][input])).toBeLessThanOrEqual(0.5001 * scale);
      expect(weight / scale).toBeCloseTo(Math.round(weight / scale), 4);
    });
  }
});

test.each([0, 8, 48, 64.5, -16, NaN])('refuses blocks of %d', (blockSize) => {
  const model = randomModel([32, 2]);
  expect(() => quantizeWeightOnly(model, { bits: 4, blockSize })).toThrow(
    'blockSize must be a power of two from 16',
  );
});

test('takes smaller blocks where they leave less room', () => {
  const [layer] = linearLayers(decodeModel(randomModel([400, 2])).graph);
  expect(quantizeBlocks(layer, { bits: 4, blockSize: 128 }).blockSize).toBe(64);
  expect(quantizeBlocks(layer, { bits: 4, blockSize: 32 }).blockSize).toBe(32);
});

test('a scale for each output: the weights of fakeQuantize, in blocks that the engine computes with', async () => {
  const random = seededRandom(11);
  const dims = [48, 3] as const;
  const data = Float32Array.from({ length: 144 }, () => uniform(random, -1, 1));
  for (let i = 0; i < 48; i++) data[3 * i + 1] = 0; // an output without weights
  const model = layerModel(dims, data, 0);
  const x = Float32Array.from({ length: 2 * 48 }, () => uniform(random, 0, 1));
  const logits = async (bytes: Uint8Array): Promise<number[]> => {
    const session = await openSession(bytes, { threads: 1 });
    const all = [...(await session.run(x))];
    await session.release();
    return all;
  };
  const expected = await logits(fakeQuantize(model, { bits: 4, perChannel: true }));
  const options = { bits: 4, blockSize: 16, scalePer: 'output' } as const;
  const found = await logits(quantizeWeightOnly(model, options));
  found.forEach((logit, i) => {
    expect(logit).toBeCloseTo(expected[i], 5);
  });
  expect(found[1]).toBe(0);
  expect(await logits(quantizeWeightOnly(model, { bits: 4, blockSize: 16 }))).not.toEqual(found);
});
