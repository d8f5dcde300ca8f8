/** What the quantizers make of models as PyTorch, scikit-learn and Keras export them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onnx } from 'onnx-proto';
import { Tensor as EngineTensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { openEngine } from '#lib/evaluation/engine';
import { encodeModel } from '#lib/onnx/model';
import { calibrate } from '#lib/quantizers/calibration';
import { readCanonical } from '#lib/quantizers/canonicalLayers';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { quantizationError } from '#lib/mapping/error';
import { toFloat16 } from '#lib/quantizers/float16';
import { layersLeft, linearLayers } from '#lib/quantizers/linearLayers';
import { quantizeStatic, type StaticOptions } from '#lib/quantizers/staticInt8';
import { quantizeWeightOnly } from '#lib/quantizers/weightOnly';

interface Recorded {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}
/** What `exports/record.py` writes. */
interface Export {
  readonly exporter: string;
  readonly model: Record<string, unknown>;
  readonly inputs: Readonly<Record<string, Recorded>>;
  readonly outputs: Readonly<Record<string, Recorded>>;
}

const folder = __dirname;
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.replace('.json', ''));

function read(name: string): Export & { bytes: Uint8Array } {
  const text = readFileSync(join(folder, `${name}.json`), 'utf8');
  const recorded = JSON.parse(text) as Export;
  const bytes = onnx.ModelProto.encode(onnx.ModelProto.fromObject(recorded.model)).finish();
  return { ...recorded, bytes };
}

/** The float32 outputs that were recorded, as the engine gives them now. */
async function run(bytes: Uint8Array, { inputs, outputs }: Export): Promise<Float32Array[]> {
  const engine = await openEngine(bytes, { threads: 1 });
  const feeds = Object.entries(inputs).map(([name, { dims, data }]) => [
    name,
    new EngineTensor('float32', Float32Array.from(data), dims),
  ]);
  const given = await engine.run(Object.fromEntries(feeds) as Record<string, EngineTensor>);
  await engine.release();
  return Object.entries(outputs).map(([name, { dims }]) => {
    expect(given[name].dims).toEqual(dims);
    return given[name].data as Float32Array;
  });
}

function sqnr(given: readonly Float32Array[], { outputs }: Export): number {
  const ratios = Object.values(outputs).map(
    ({ data }, i) => quantizationError(data, given[i]).sqnr,
  );
  return Math.min(...ratios);
}
/** Layers as `operator inputs→outputs`, and the operators with weights that stay in float32. */
const expected: Readonly<Record<string, { layers: string; left?: string }>> = {
  'dynamo-mixed': { layers: 'Gemm 18→4, Gemm 4→3', left: 'Conv' },
  'dynamo-mlp': { layers: 'Gemm 8→6, Gemm 6→5, Gemm 5→3' },
  'dynamo-raw': { layers: 'Gemm 8→6, Gemm 6→3' },
  'dynamo-sequence': { layers: 'Gemm 8→6, Gemm 6→4, Gemm 4→3' },
  'dynamo-shared': { layers: 'Gemm 8→8, Gemm 8→8, Gemm 8→8' },
  'keras-mlp': { layers: 'Gemm 8→6, Gemm 6→3' },
  'keras-old': { layers: 'Gemm 8→6, Gemm 6→3' },
  'keras-sequence': { layers: 'Gemm 8→6, MatMul 6→3' },
  'sklearn-classifier': { layers: 'Gemm 8→6, Gemm 6→5, Gemm 5→3' },
  'sklearn-regressor': { layers: 'Gemm 8→6, Gemm 6→5, Gemm 5→2' },
  'torchscript-mixed': { layers: 'Gemm 18→4, Gemm 4→3', left: 'Conv' },
  'torchscript-mlp': { layers: 'Gemm 8→6, Gemm 6→5, Gemm 5→3' },
  'torchscript-raw': { layers: 'Gemm 8→6, Gemm 6→3' },
  'torchscript-sequence': { layers: 'MatMul 8→6, MatMul 6→4, MatMul 4→3' },
  'torchscript-shared': { layers: 'Gemm 8→8, Gemm 8→8, Gemm 8→8' },
};

test('every export is looked at', () => {
  expect([...Object.keys(expected), 'sklearn-logistic'].sort()).toEqual(names.sort());
});

describe.each(Object.entries(expected))('%s', (name, { layers, left }) => {
  const recorded = read(name);
  const { bytes } = recorded;

  async function staticInt8(model: Uint8Array, options: StaticOptions): Promise<Uint8Array> {
    const [{ dims, data }] = Object.values(recorded.inputs);
    const batch = { dtype: 'float32', dims, data: Float32Array.from(data) } as const;
    return quantizeStatic(model, await calibrate(model, [batch]), options);
  }

  test('its layers are found', () => {
    const found = linearLayers(readCanonical(bytes).graph).map(({ node, weight, outputAxis }) => {
      const { dims } = weight;
      return `${node.opType} ${dims[1 - outputAxis]}→${dims[outputAxis]}`;
    });
    expect(found.join(', ')).toBe(layers);
    const operators = layersLeft(bytes).map(({ operator }) => operator);
    expect(operators.join(', ')).toBe(left ?? '');
  });

  test('the canonical form gives what the export gave', async () => {
    const outputs = await run(encodeModel(readCanonical(bytes)), recorded);
    expect(sqnr(outputs, recorded)).toBeGreaterThan(120); // 1e-6 of the norm
  });

  test.each<[string, number, (model: Uint8Array) => Uint8Array | Promise<Uint8Array>]>([
    ['float16', 60, toFloat16],
    ['int8 weights', 40, (model) => quantizeWeightOnly(model, { bits: 8 })],
    [
      'int8 weights in blocks',
      40,
      (model) => quantizeWeightOnly(model, { bits: 8, blockSize: 16 }),
    ],
    ['int4 weights', 10, (model) => quantizeWeightOnly(model, { bits: 4, blockSize: 16 })],
    ['dynamic int8', 30, (model) => quantizeDynamic(model)],
    ['dynamic int8 per channel', 30, (model) => quantizeDynamic(model, { perChannel: true })],
    ['static int8', 25, (model) => staticInt8(model, { form: 'QDQ' })],
    ['static int8 as QOperator', 25, (model) => staticInt8(model, { form: 'QOperator' })],
  ])('%s is close to it', async (_, decibel, quantizer) => {
    expect(sqnr(await run(await quantizer(bytes), recorded), recorded)).toBeGreaterThan(decibel);
  });
});

test('says of a model without such layers what it has', () => {
  const { bytes } = read('sklearn-logistic');
  expect(layersLeft(bytes)).toEqual([
    {
      node: 'LinearClassifier',
      operator: 'LinearClassifier',
      reason: 'only Gemm and MatMul are quantized',
    },
  ]);
  expect(() => quantizeDynamic(bytes)).toThrow(
    'Its nodes are: Scaler, LinearClassifier, Normalizer. LinearClassifier "LinearClassifier": ' +
      'only Gemm and MatMul are quantized.',
  );
});
