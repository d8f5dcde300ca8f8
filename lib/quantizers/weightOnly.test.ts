import { Float16Array } from '@petamoriken/float16';
import { describe, expect, test } from 'vitest';
import { openSession } from '#lib/evaluation/session';
import { exportOnnx } from '#lib/models/exportOnnx';
import { findInitializer, node, value } from '#lib/onnx/graph';
import { decodeModel, encodeModel, makeModel, parameterCount } from '#lib/onnx/model';
import { readTensor, tensorProto, type Tensor } from '#lib/onnx/tensor';
import { quantizeBlocks, type BlockOptions, type BlockWeights } from '#lib/quantizers/blockWeights';
import { fakeQuantize } from '#lib/quantizers/fakeQuantize';
import { linearLayers } from '#lib/quantizers/linearLayers';
import { quantizeWeightOnly, type WeightOnlyOptions } from '#lib/quantizers/weightOnly';
import { seededRandom, uniform } from '#lib/random';

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

function constant(model: Uint8Array, name: string): Tensor {
  const initializer = findInitializer(decodeModel(model).graph, name);
  return readTensor(initializer ?? { name });
}

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

/** The weights that the integers stand for, float32 [outputs, inputs]. */
function dequantizeBlocks({ blocks }: BlockWeights): Float32Array {
  return Float32Array.from(
    blocks.flatMap(({ scale, zeroPoint, values }) =>
      Array.from(values, (q) => scale * (q - zeroPoint)),
    ),
  );
}

describe.each<BlockOptions>([
  { bits: 4, blockSize: 16 },
  { bits: 4, blockSize: 32, scaleType: 'float32' },
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

describe.each([
  { widths: [400, 1024, 1024, 10], parameters: 1_470_474 },
  { widths: [784, 512, 10], parameters: 407_050 },
])('$widths', ({ widths, parameters }) => {
  test.each<WeightOnlyOptions & { smaller: number }>([
    { bits: 4, blockSize: 128, smaller: 7 },
    { bits: 8, blockSize: 128, smaller: 3.6 },
    { bits: 8, smaller: 3.9 },
  ])('becomes $smaller times smaller and keeps its parameters: %o', ({ smaller, ...options }) => {
    const model = randomModel(widths);
    const quantized = quantizeWeightOnly(model, options);
    expect(model.length / quantized.length).toBeGreaterThan(smaller);
    expect(parameterCount(decodeModel(quantized))).toBe(parameters);
    expect(Buffer.compare(quantizeWeightOnly(model, options), quantized)).toBe(0);
  });
});

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

test.each<BlockOptions>([
  { bits: 4, blockSize: 32 },
  { bits: 8, blockSize: 32, scheme: 'affine', scaleType: 'float32' },
])('weights stored transposed come to the same: %o', (options) => {
  const [inputs, outputs] = [45, 3];
  const straight = Float32Array.from({ length: inputs * outputs }, () => uniform(random, -1, 1));
  const turned = straight.map((_, i) => straight[(i % inputs) * outputs + Math.floor(i / inputs)]);
  const [one, other] = [
    quantizeWeightOnly(layerModel([inputs, outputs], straight, 0), options),
    quantizeWeightOnly(layerModel([outputs, inputs], turned, 1), options),
  ];
  expect(Buffer.compare(one, other)).toBe(0);
});

describe('scales', () => {
  const weights = Float32Array.from({ length: 64 * 3 }, () => uniform(random, -0.2, 0.3));
  const scaled = (factor: number, options: Partial<BlockOptions> = {}): Uint8Array => {
    const model = layerModel(
      [64, 3],
      weights.map((weight) => weight * factor),
      0,
    );
    return quantizeWeightOnly(model, { bits: 4, blockSize: 16, ...options });
  };

  test('are float16 of float32 ones, and the weights follow the rounded ones', () => {
    const half = constant(scaled(1), 'w_scale');
    const single = constant(scaled(1, { scaleType: 'float32' }), 'w_scale');
    expect([half.dtype, single.dtype]).toEqual(['float16', 'float32']);
    expect(half.dims).toEqual(single.dims);
    const rounded = new Float16Array(Uint16Array.from(half.data).buffer);
    expect([...rounded]).toEqual([...new Float16Array(single.data)]);
    expect([...rounded]).not.toEqual([...single.data]);
    const layer = linearLayers(decodeModel(layerModel([64, 3], weights, 0)).graph)[0];
    const kept = dequantizeBlocks(quantizeBlocks(layer, { bits: 8, blockSize: 16 }));
    kept.forEach((weight, i) => {
      const step = Math.abs(rounded[Math.floor(i / 16)] / 16);
      const original = weights[(i % 64) * 3 + Math.floor(i / 64)];
      // The greatest, whose place is at the end of the integers, may be cut off by the rounding.
      expect(Math.abs(weight - original)).toBeLessThan(0.6 * step);
    });
  });

  test.each([1e-3, 1e-40, 1e7, 1e38])('stay float32 where float16 is too narrow: %d', (factor) => {
    const model = scaled(factor);
    expect(constant(model, 'w_scale').dtype).toBe('float32');
    expect(model).toEqual(scaled(factor, { scaleType: 'float32' }));
  });

  test('are float16 for blocks of zeros', () => {
    expect(constant(scaled(0), 'w_scale').dtype).toBe('float16');
  });
});

test.each([0, 8, 48, 64.5, -16, NaN])('refuses blocks of %d', (blockSize) => {
  const model = randomModel([32, 2]);
  expect(() => quantizeWeightOnly(model, { bits: 4, blockSize })).toThrow(
    'blockSize must be a power of two from 16',
  );
});

test('takes smaller blocks where they leave less room', () => {
  const [layer] = linearLayers(decodeModel(randomModel([400, 2])).graph);
  const size = (options: Omit<BlockOptions, 'bits'>): number =>
    quantizeBlocks(layer, { bits: 4, ...options }).blockSize;
  expect(size({ blockSize: 128 })).toBe(32);
  expect(size({ blockSize: 128, scaleType: 'float32' })).toBe(64);
  expect(size({ blockSize: 16 })).toBe(16);
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
