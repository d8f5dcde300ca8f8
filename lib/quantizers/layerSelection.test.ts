import { describe, expect, test } from 'vitest';
import { openSession } from '#lib/evaluation/session';
import { exportOnnx } from '#lib/models/exportOnnx';
import { initialNetwork } from '#lib/models/network';
import { decodeModel, encodeModel } from '#lib/onnx/model';
import { calibrate } from '#lib/quantizers/calibration';
import { readCanonical } from '#lib/quantizers/canonicalLayers';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { toFloat16 } from '#lib/quantizers/float16';
import { linearLayers } from '#lib/quantizers/linearLayers';
import { integerRange } from '#lib/mapping/integerRange';
import { dequantize, linearMapping, quantize } from '#lib/mapping/linearMapping';
import { quantizeWeights } from '#lib/quantizers/quantizedWeights';
import { replaceParameters } from '#lib/quantizers/replaceParameters';
import type { LayerSelection } from '#lib/quantizers/replaceLayers';
import { quantizeStatic } from '#lib/quantizers/staticInt8';
import { quantizeWeightOnly } from '#lib/quantizers/weightOnly';
import { seededRandom, uniform } from '#lib/random';

const random = seededRandom(3);
const numbers = (length: number): Float32Array =>
  Float32Array.from({ length }, () => uniform(random, -1, 1));
const network = initialNetwork([12, 16, 16, 4], random);
const model = encodeModel(exportOnnx(network, 'net'));
const rows = numbers(20 * 12);
const ranges = await calibrate(model, [rows]);

/** Logits, each node run as it is written. */
async function logits(bytes: Uint8Array, input = rows): Promise<Float32Array> {
  const session = await openSession(bytes, { threads: 1, asWritten: true });
  const result = await session.run(input);
  await session.release();
  return result;
}

function expectClose(actual: Float32Array, expected: Float32Array, within: number): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((x, i) => {
    expect(Math.abs(x - expected[i])).toBeLessThan(within);
  });
}

const quantizers: [string, (bytes: Uint8Array, selection: LayerSelection) => Uint8Array][] = [
  ['dynamic', quantizeDynamic],
  ['float16', toFloat16],
  ['int8 weights', (bytes, selection) => quantizeWeightOnly(bytes, { bits: 8, ...selection })],
  [
    'int4 weights',
    (bytes, selection) => quantizeWeightOnly(bytes, { bits: 4, blockSize: 16, ...selection }),
  ],
  ['static', (bytes, selection) => quantizeStatic(bytes, ranges, selection)],
  [
    'static, QOperator',
    (bytes, selection) => quantizeStatic(bytes, ranges, { form: 'QOperator', ...selection }),
  ],
];

describe.each(quantizers)('%s', (_, quantizer) => {
  test('quantizes the chosen layers, and leaves the others as they were', () => {
    const layers = ({ output }: { output: string }): boolean => output !== 'layer2';
    const left = linearLayers(readCanonical(quantizer(model, { layers })).graph);
    expect(left.map(({ node }) => node)).toEqual(
      linearLayers(decodeModel(model).graph)
        .filter(({ output }) => output === 'layer2')
        .map(({ node }) => node),
    );
    expect(left[0].weight.data).toEqual(network[1].weights);
  });

  test('one layer after the other comes to the same as all at once', async () => {
    const one = (bytes: Uint8Array, name: string): Uint8Array =>
      quantizer(bytes, { layers: ({ output }) => output === name });
    const single = ['logits', 'layer1', 'layer2'].reduce(one, model);
    expectClose(await logits(single), await logits(quantizer(model, {})), 1e-5);
  });

  test('names the layers there are where none is chosen', () => {
    expect(() => quantizer(model, { layers: () => false })).toThrow('layer1, layer2, logits');
  });
});

test('a ReLU stays where the layer behind it stays in float32', () => {
  const operators = (chosen: string[]): string[] =>
    decodeModel(
      quantizeStatic(model, ranges, {
        form: 'QOperator',
        layers: ({ output }) => chosen.includes(output),
      }),
    ).graph.node.map(({ opType }) => opType);
  expect(operators(['layer1'])).toEqual([
    'QuantizeLinear',
    'QGemm',
    'Relu',
    'Gemm',
    'Relu',
    'Gemm',
  ]);
  expect(operators(['layer1', 'layer2'])).toEqual([
    'QuantizeLinear',
    ...['QGemm', 'QGemm', 'Relu', 'Gemm'],
  ]);
});

describe('only', () => {
  test('weights: the float32 model with the weights that the integers stand for', async () => {
    const rounded = replaceParameters(model, 'rounded', (layer) => {
      const { values, scale } = quantizeWeights(layer, {});
      return { weight: Float32Array.from(values.data, (q) => q * scale.data[0]) };
    });
    const quantized = quantizeStatic(model, ranges, { only: 'weights' });
    expectClose(await logits(quantized), await logits(rounded), 1e-5);
    expect(quantized.length).toBeLessThan(model.length);
  });

  test('activations: the float32 model on rounded inputs', async () => {
    const range = ranges.get('input') ?? { min: NaN, max: NaN };
    const mapping = linearMapping(range, integerRange({ bits: 8, signed: false }), 'affine');
    const rounded = dequantize(quantize(rows, mapping), mapping);
    const quantized = quantizeStatic(model, ranges, {
      only: 'activations',
      layers: ({ output }) => output === 'layer1',
    });
    expectClose(await logits(quantized), await logits(model, rounded), 1e-5);
    expect(rounded).not.toEqual(rows);
  });

  test('there is no such QOperator', () => {
    const options = { only: 'weights', form: 'QOperator' } as const;
    expect(() => quantizeStatic(model, ranges, options)).toThrow('in the form QDQ');
  });
});
