/** The quantized models as the engine runs them, against the same arithmetic in TypeScript. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { openSession } from '#lib/evaluation/session';
import { exportOnnx } from '#lib/models/exportOnnx';
import { initialNetwork, type Network } from '#lib/models/network';
import { decodeModel, encodeModel, parameterCount } from '#lib/onnx/model';
import { calibrate, type Ranges } from '#lib/quantizers/calibration';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { dynamicMapping } from '#lib/mapping/dynamicMapping';
import { toFloat16 } from '#lib/quantizers/float16';
import { integerMatMul, requantize } from '#lib/mapping/integerMatMul';
import { integerRange } from '#lib/mapping/integerRange';
import { linearLayers, type LinearLayer } from '#lib/quantizers/linearLayers';
import { linearMapping, quantize } from '#lib/mapping/linearMapping';
import { quantizeBias } from '#lib/quantizers/quantizedBias';
import {
  quantizeWeights,
  type QuantizedWeights,
  type TypedWeightOptions,
} from '#lib/quantizers/quantizedWeights';
import { quantizeStatic, type StaticOptions } from '#lib/quantizers/staticInt8';
import { quantizeWeightOnly } from '#lib/quantizers/weightOnly';
import { seededRandom, uniform } from '#lib/random';

const random = seededRandom(5);
const network: Network = initialNetwork([81, 67, 67, 10], random);
const model = encodeModel(exportOnnx(network, 'net'));
const layers = linearLayers(decodeModel(model).graph);
const width = layers[0].weight.dims[0];

function randomRows(rows: number): Float32Array {
  return Float32Array.from({ length: rows * width }, () => uniform(random, -0.4, 1));
}

async function logitsOf(bytes: Uint8Array, batch: Float32Array): Promise<Float32Array> {
  const session = await openSession(bytes, { threads: 1 });
  try {
    return await session.run(batch);
  } finally {
    await session.release();
  }
}

/** The integer product of a layer, [rows, outputs], and the scale of each output's accumulator. */
function accumulate(
  layer: LinearLayer,
  input: { values: Int32Array; scale: number; zeroPoint: number },
  { values, scale, zeroPoint }: QuantizedWeights,
): { product: Int32Array; scaleOf: (output: number) => number } {
  const [inputs, outputs] = layer.weight.dims;
  const rows = input.values.length / inputs;
  const channel = (output: number): number => (scale.dims.length === 0 ? 0 : output);
  const product = integerMatMul(
    { rows, columns: inputs, values: input.values, zeroPoint: input.zeroPoint },
    {
      rows: inputs,
      columns: outputs,
      values: Int32Array.from(values.data, (q, i) => q - zeroPoint.data[channel(i % outputs)]),
      zeroPoint: 0,
    },
  );
  const scaleOf = (output: number): number =>
    Math.fround(input.scale * scale.data[channel(output)]);
  return { product, scaleOf };
}

/** One layer as DynamicQuantizeLinear, MatMulInteger, Cast, Mul, Mul and Add give it, in float32. */
function dynamicLayer(
  layer: LinearLayer,
  x: Float32Array,
  options: TypedWeightOptions,
): Float32Array {
  const mapping = dynamicMapping(x);
  const { product, scaleOf } = accumulate(
    layer,
    { ...mapping, values: quantize(x, mapping) },
    quantizeWeights(layer, options),
  );
  const outputs = layer.weight.dims[1];
  return Float32Array.from(
    product,
    (c, i) => Math.fround(c * scaleOf(i % outputs)) + (layer.bias?.data[i % outputs] ?? 0),
  );
}

/** Logits of a statically quantized model, in integers up to the last step. */
function staticLogits(
  x: Float32Array,
  ranges: Ranges,
  { form, types, ...options }: StaticOptions,
): Float32Array {
  const integers = integerRange({ bits: 8, signed: types === 'S8S8' });
  const mappings = layers.map(({ input }) =>
    linearMapping(ranges.get(input) ?? { min: 0, max: 0 }, integers, 'affine'),
  );
  let values = quantize(x, mappings[0]);
  for (const [i, layer] of layers.entries()) {
    const outputs = layer.weight.dims[1];
    const weights = quantizeWeights(layer, {
      ...options,
      weightType: types === 'U8U8' ? 'uint8' : 'int8',
      scheme: form === 'QDQ' && options.perChannel ? 'symmetric' : undefined,
    });
    const { product, scaleOf } = accumulate(layer, { ...mappings[i], values }, weights);
    if (layer.bias) {
      const bias = quantizeBias(layer.bias, mappings[i].scale, weights.scale).values.data;
      product.forEach((c, n) => (product[n] = c + bias[n % outputs]));
    }
    if (i + 1 === layers.length)
      return Float32Array.from(product, (c, n) => c * scaleOf(n % outputs));
    // The clamp at the lowest integer, which stands for 0, is the ReLU.
    values = Int32Array.from(
      product,
      (c, n) => requantize(Int32Array.of(c), scaleOf(n % outputs), mappings[i + 1])[0],
    );
  }
  throw new Error('no layers');
}

// With the SME kernels that Apple's CPUs have since the M4, the engine quantizes each row by itself.
const isApple = process.platform === 'darwin' && process.arch === 'arm64';

describe.skipIf(isApple).each<TypedWeightOptions>([
  { weightType: 'int8', perChannel: false },
  { weightType: 'int8', perChannel: true },
  { weightType: 'uint8', perChannel: false },
  { weightType: 'uint8', perChannel: true },
  { weightType: 'uint8', perChannel: true, reduceRange: true },
])('dynamic, $weightType, per channel $perChannel, reduced $reduceRange', (options) => {
  test.each([1, 5])('a layer, %i rows, is what its integers say', async (rows) => {
    const one = encodeModel(exportOnnx(network.slice(0, 1), 'one layer'));
    const [layer] = linearLayers(decodeModel(one).graph);
    const x = randomRows(rows);
    const ours = dynamicLayer(layer, x, options);
    const engine = await logitsOf(quantizeDynamic(one, options), x);
    engine.forEach((logit, i) => {
      expect(Math.abs(logit - ours[i])).toBeLessThan(1e-6);
    });
  });
});

const forms = ['QDQ', 'QOperator'] as const;

describe.each<StaticOptions>([
  { types: 'U8S8', perChannel: false },
  { types: 'U8S8', perChannel: true },
  { types: 'S8S8', perChannel: false },
  { types: 'S8S8', perChannel: true },
  { types: 'U8U8', perChannel: false },
  { types: 'U8U8', perChannel: true },
  { types: 'U8U8', perChannel: false, reduceRange: true },
])('static, $types, per channel $perChannel, reduced $reduceRange', (options) => {
  test.each([1, 5])('models in both forms, %i rows, are what their integers say', async (rows) => {
    const ranges = await calibrate(model, [randomRows(50)]);
    const x = randomRows(rows);
    for (const form of forms) {
      const ours = staticLogits(x, ranges, { ...options, form });
      const engine = await logitsOf(quantizeStatic(model, ranges, { ...options, form }), x);
      expect([...engine]).toEqual([...ours]);
    }
  });
});

test('the engine runs dynamic and static models with its int8 kernels', async () => {
  const ranges = await calibrate(model, [randomRows(50)]);
  for (const perChannel of [false, true]) {
    for (const weightType of ['int8', 'uint8'] as const) {
      expect(await optimized(quantizeDynamic(model, { perChannel, weightType }))).toEqual([
        'DynamicQuantizeMatMul',
        'Relu',
        'DynamicQuantizeMatMul',
        'Relu',
        'DynamicQuantizeMatMul',
      ]);
    }
    for (const types of ['U8S8', 'S8S8', 'U8U8'] as const) {
      for (const form of forms) {
        const made = quantizeStatic(model, ranges, { perChannel, types, form });
        expect(await optimized(made)).toEqual(['QuantizeLinear', 'QGemm', 'QGemm', 'QGemm']);
      }
    }
  }
  expect(await optimized(toFloat16(model))).toEqual(await optimized(model));
  expect(await optimized(quantizeWeightOnly(model, { bits: 8 }))).toEqual(await optimized(model));
  expect(await optimized(quantizeWeightOnly(model, { bits: 4, blockSize: 32 }))).toEqual([
    'MatMulNBits',
    'Relu',
    'MatMulNBits',
    'Relu',
    'MatMulNBits',
  ]);
});

/** The operators that the engine made of a model, in order. */
async function optimized(bytes: Uint8Array): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'optimized-'));
  try {
    const optimizedModelFilePath = join(directory, 'model.onnx');
    const session = await InferenceSession.create(bytes, {
      optimizedModelFilePath,
      logSeverityLevel: 3,
    });
    await session.release();
    const { graph } = decodeModel(await readFile(optimizedModelFilePath));
    return graph.node.map(({ opType }) => opType);
  } finally {
    await rm(directory, { recursive: true });
  }
}

test('quantizing changes neither the input nor the number of parameters, and repeats', async () => {
  const before = model.slice();
  const ranges = await calibrate(model, [randomRows(20)]);
  for (const quantizer of [
    quantizeDynamic,
    (m: Uint8Array) => quantizeDynamic(m, { weightType: 'uint8', perChannel: true }),
    (m: Uint8Array) => quantizeStatic(m, ranges),
    (m: Uint8Array) => quantizeStatic(m, ranges, { form: 'QOperator', types: 'U8U8' }),
    (m: Uint8Array) => quantizeWeightOnly(m, { bits: 4, blockSize: 32, scheme: 'affine' }),
    (m: Uint8Array) => quantizeWeightOnly(m, { bits: 8 }),
    toFloat16,
  ]) {
    const made = quantizer(model);
    expect(parameterCount(decodeModel(made))).toBe(parameterCount(decodeModel(model)));
    expect(Buffer.compare(quantizer(model), made)).toBe(0);
    expect(made.length).toBeLessThan(model.length);
  }
  expect(Buffer.compare(model, before)).toBe(0);
});
