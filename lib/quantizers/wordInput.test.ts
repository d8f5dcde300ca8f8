import { expect, test } from 'vitest';
import { openSession } from '#lib/evaluation/session';
import { openWordSession } from '#lib/evaluation/wordSession';
import { denseBatch, type SparseFeatures } from '#lib/loaders/dataset';
import { wordBatch } from '#lib/loaders/wordBatch';
import { exportOnnx } from '#lib/models/exportOnnx';
import type { Network } from '#lib/models/network';
import { node, value } from '#lib/onnx/graph';
import { decodeModel, encodeModel, makeModel } from '#lib/onnx/model';
import { tensorProto } from '#lib/onnx/tensor';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { readWords } from '#lib/quantizers/wordInput';
import { seededRandom, uniform } from '#lib/random';

const random = seededRandom(5);
const draw = (length: number): Float32Array =>
  Float32Array.from({ length }, () => uniform(random, -1, 1));

const [words, hidden, classes] = [50, 12, 3];
const network: Network = [
  { inputs: words, outputs: hidden, weights: draw(words * hidden), bias: draw(hidden) },
  { inputs: hidden, outputs: classes, weights: draw(hidden * classes), bias: draw(classes) },
];
const dense = encodeModel(exportOnnx(network, 'words'));

/** Four sentences: two words, one of them twice; none; the first and the last word; one word often. */
const features: SparseFeatures = {
  kind: 'sparse',
  width: words,
  offsets: Uint32Array.of(0, 2, 2, 4, 5),
  columns: Uint32Array.of(7, 30, 0, 49, 12),
  values: Float32Array.of(1, 2, 1, 1, 9),
};
const rows = [3, 1, 0, 2];

async function denseLogits(model: Uint8Array): Promise<number[]> {
  const session = await openSession(model, { threads: 1 });
  const logits = await session.run(denseBatch(features, rows));
  await session.release();
  return [...logits];
}

async function wordLogits(model: Uint8Array): Promise<number[]> {
  const session = await openWordSession(model, { threads: 1 });
  const logits = await session.run(wordBatch(features, rows));
  await session.release();
  return [...logits];
}

function expectSame(
  found: readonly number[],
  expected: readonly number[],
  tolerance: number,
): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((x, i) => {
    expect(Math.abs(x - expected[i])).toBeLessThan(tolerance);
  });
}

test('sentences become lists of words, each as often as it is counted', () => {
  const { words: list, longest } = wordBatch(features, [0, 1, 2]);
  expect(longest).toBe(3);
  expect([...list]).toEqual([7, 30, 30, 50, 50, 50, 0, 49, 50]);
  expect([...wordBatch(features, [1]).words]).toEqual([50]);
});

test('a value that is no count is refused', () => {
  const weighted = { ...features, values: features.values.map((x) => x / 2) };
  expect(() => wordBatch(weighted, [0])).toThrow('0.5 in column 7: that is no count');
});

test('dense rows are refused', () => {
  const pixels = { kind: 'dense', width: words, values: new Float32Array(words) } as const;
  expect(() => wordBatch(pixels, [0])).toThrow('dense rows are no bags of words');
});

test('the logits are those of the dense model', async () => {
  expectSame(
    await wordLogits(readWords(dense, { table: 'float32' })),
    await denseLogits(dense),
    1e-5,
  );
});

test('so they are with weights as [outputs, inputs], and without a bias', async () => {
  const turned = (weights: Float32Array, inputs: number, outputs: number): Float32Array =>
    weights.map((_, i) => weights[(i % inputs) * outputs + Math.floor(i / inputs)]);
  const model = encodeModel(
    makeModel({
      name: 'one layer',
      node: [node('Gemm', ['input', 'w'], ['logits'], { transB: 1 })],
      initializer: [
        tensorProto('w', {
          dtype: 'float32',
          dims: [hidden, words],
          data: turned(network[0].weights, words, hidden),
        }),
      ],
      input: [value('input', 'float32', ['batch', words])],
      output: [value('logits', 'float32', ['batch', hidden])],
    }),
  );
  expectSame(
    await wordLogits(readWords(model, { table: 'float32' })),
    await denseLogits(model),
    1e-5,
  );
});

test.each([{ perChannel: false }, { perChannel: true }])(
  'an int8 table is as far from the dense model as its steps: %o',
  async (options) => {
    const model = readWords(dense, { table: 'int8', ...options });
    const expected = await denseLogits(dense);
    // Each of at most 9 words is off by half a step (1/128 at most) in each of 12 units of weight 1.
    expectSame(await wordLogits(model), expected, (9 * 12) / 128);
    expect(await wordLogits(model)).not.toEqual(expected);
  },
);

test('the other layers can be quantized afterwards', async () => {
  const int8 = quantizeDynamic(readWords(dense, { table: 'int8' }));
  const operators = decodeModel(int8).graph.node.map(({ opType }) => opType);
  expect(operators).toContain('Gather');
  expect(operators).toContain('MatMulInteger');
  expect(operators).not.toContain('Gemm');
  expectSame(await wordLogits(int8), await denseLogits(dense), 1);
});

test('a model that reads its input elsewhere too is refused', () => {
  const { graph } = decodeModel(dense);
  const branched = encodeModel(
    makeModel({ ...graph, node: [...graph.node, node('Relu', ['input'], ['other'])] }),
  );
  expect(() => readWords(branched, { table: 'float32' })).toThrow('goes into: Gemm, Relu');
});
