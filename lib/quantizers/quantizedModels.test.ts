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
import { dynamicMapping } from '#lib/quantizers/dynamicMapping';
import { toFloat16 } from '#lib/quantizers/float16';
import { integerMatMul, requantize } from '#lib/quantizers/integerMatMul';
import { integerRange } from '#lib/quantizers/integerRange';
import { linearLayers, type LinearLayer } from '#lib/quantizers/linearLayers';
import { linearMapping, quantize } from '#lib/quantizers/linearMapping';
import { quantizeBias } from '#lib/quantizers/quantizedBias';
import { quantizeWeights, type WeightOptions } from '#lib/quantizers/quantizedWeights';
import { quantizeStatic } from '#lib/quantizers/staticInt8';
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
  options: WeightOptions,
): { product: Int32Array; scaleOf: (output: number) => number } {
  const { values, scale } = quantizeWeights(layer, options);
  const [inputs, outputs] = layer.weight.dims;
  const rows = input.values.length / inputs;
  const product = integerMatMul(
    { rows, columns: inputs, values: input.values, zeroPoint: input.zeroPoint },
    { rows: inputs, columns: outputs, values: values.data, zeroPoint: 0 },
  );
  const scaleOf = (output: number): number =>
    Math.fround(input.scale * scale.data[options.perChannel ? output : 0]);
  return { product, scaleOf };
}

/** One layer as DynamicQuantizeLinear, MatMulInteger, Cast, Mul, Mul and Add give it, in float32. */
function dynamicLayer(layer: LinearLayer, x: Float32Array, options: WeightOptions): Float32Array {
  const mapping = dynamicMapping(x);
  const { product, scaleOf } = accumulate(
    layer,
    { ...mapping, values: quantize(x, mapping) },
    options,
  );
  const outputs = layer.weight.dims[1];
  return Float32Array.from(
    product,
    (c, i) => Math.fround(c * scaleOf(i % outputs)) + (layer.bias?.data[i % outputs] ?? 0),
  );
}

/** Logits of a statically quantized model, in integers up to the last step. */
function staticLogits(x: Float32Array, ranges: Ranges, options: WeightOptions): Float32Array {
  const mappings = layers.map(({ input }) => {
    const range = ranges.get(input) ?? { min: 0, max: 0 };
    return linearMapping(range, integerRange({ bits: 8, signed: false }), 'affine');
  });
  let values = quantize(x, mappings[0]);
  for (const [i, layer] of layers.entries()) {
    const outputs = layer.weight.dims[1];
    const { product, scaleOf } = accumulate(layer, { ...mappings[i], values }, options);
    if (layer.bias) {
      const weights = quantizeWeights(layer, options);
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

const variants: WeightOptions[] = [{ perChannel: false }, { perChannel: true }];

describe.each(variants)('per channel $perChannel', (options) => {
  // With the SME kernels that Apple's CPUs have since the M4, the engine quantizes each row by itself.
  const isApple = process.platform === 'darwin' && process.arch === 'arm64';
  test.skipIf(isApple).each([1, 5])(
    'a dynamic layer, %i rows, is what its integers say',
    async (rows) => {
      const one = encodeModel(exportOnnx(network.slice(0, 1), 'one layer'));
      const [layer] = linearLayers(decodeModel(one).graph);
      const x = randomRows(rows);
      const ours = dynamicLayer(layer, x, options);
      const engine = await logitsOf(quantizeDynamic(one, options), x);
      engine.forEach((logit, i) => {
        expect(Math.abs(logit - ours[i])).toBeLessThan(1e-6);
      });
    },
  );

  test.each([1, 5])('a static model, %i rows, is what its integers say', async (rows) => {
    const ranges = await calibrate(model, [randomRows(50)]);
    const x = randomRows(rows);
    const ours = staticLogits(x, ranges, options);
    const engine = await logitsOf(quantizeStatic(model, ranges, options), x);
    expect([...engine]).toEqual([...ours]);
  });
});

test('the engine runs dynamic and static models with its int8 kernels', async () => {
  const ranges = await calibrate(model, [randomRows(50)]);
  for (const perChannel of [false, true]) {
    expect(await optimized(quantizeDynamic(model, { perChannel }))).toEqual([
      'DynamicQuantizeMatMul',
      'Relu',
      'DynamicQuantizeMatMul',
      'Relu',
      'DynamicQuantizeMatMul',
    ]);
    expect(await optimized(quantizeStatic(model, ranges, { perChannel }))).toEqual([
      'QuantizeLinear',
      'QGemm',
      'QGemm',
      'QGemm',
    ]);
  }
  expect(await optimized(toFloat16(model))).toEqual(await optimized(model));
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
    (m: Uint8Array) => quantizeStatic(m, ranges),
    toFloat16,
  ]) {
    const made = quantizer(model);
    expect(parameterCount(decodeModel(made))).toBe(parameterCount(decodeModel(model)));
    expect(Buffer.compare(quantizer(model), made)).toBe(0);
    expect(made.length).toBeLessThan(model.length);
  }
  expect(Buffer.compare(model, before)).toBe(0);
});
