import { afterAll, beforeAll, expect, test } from 'vitest';
import { argmaxRows, differingRows, evaluateModel } from '#lib/evaluation/accuracy';
import { modelLogits, openSession, predict, type Session } from '#lib/evaluation/session';
import type { Features } from '#lib/loaders/dataset';
import { exportOnnx } from '#lib/models/exportOnnx';
import { initialNetwork } from '#lib/models/network';
import { node, value } from '#lib/onnx/graph';
import { encodeModel, makeModel } from '#lib/onnx/model';
import { tensorProto } from '#lib/onnx/tensor';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { quantizeWeightOnly } from '#lib/quantizers/weightOnly';
import { seededRandom, uniform } from '#lib/random';

/** logits = x · [[1, 0], [0, 2], [0, 0]] + [0, 1] */
const model = encodeModel(
  makeModel({
    name: 'linear',
    input: [value('input', 'float32', ['batch', 3])],
    output: [value('logits', 'float32', ['batch', 2])],
    initializer: [
      tensorProto('w', {
        dtype: 'float32',
        dims: [3, 2],
        data: Float32Array.of(1, 0, 0, 2, 0, 0),
      }),
      tensorProto('b', { dtype: 'float32', dims: [2], data: Float32Array.of(0, 1) }),
    ],
    node: [node('Gemm', ['input', 'w', 'b'], ['logits'])],
  }),
);
const dense: Features = {
  kind: 'dense',
  width: 3,
  values: Float32Array.of(5, 1, 9, 0, 0, 0, 2, 0, 0, 0, 3, 1, 1, 0, 0),
};
const sparse: Features = {
  kind: 'sparse',
  width: 3,
  offsets: Uint32Array.of(0, 3, 3, 4, 6, 7),
  columns: Uint32Array.of(0, 1, 2, 0, 1, 2, 0),
  values: Float32Array.of(5, 1, 9, 2, 3, 1, 1),
};

let session: Session;
beforeAll(async () => {
  session = await openSession(model, { threads: 1 });
});
afterAll(() => session.release());

test.each([
  { features: dense, batchSize: 5 },
  { features: dense, batchSize: 2 },
  { features: sparse, batchSize: 2 },
  { features: sparse, batchSize: 100 },
])('predicts $features.kind rows in batches of $batchSize', async ({ features, batchSize }) => {
  const logits = await predict(session, features, { batchSize });
  expect(Array.from(logits)).toEqual([5, 3, 0, 1, 2, 1, 0, 7, 1, 1]);
});

test.each([
  { form: 'float32', quantize: (float32: Uint8Array) => float32 },
  { form: 'dynamic int8', quantize: quantizeDynamic },
  {
    form: 'int4',
    quantize: (float32: Uint8Array) => quantizeWeightOnly(float32, { bits: 4, blockSize: 64 }),
  },
])('any number of threads gives the same bits of $form', async ({ quantize }) => {
  const random = seededRandom(5);
  const network = initialNetwork([300, 256, 256, 10], random);
  const bytes = quantize(encodeModel(exportOnnx(network, 'net')));
  const values = Float32Array.from({ length: 300 * 130 }, () => uniform(random, -1, 1));
  const rows: Features = { kind: 'dense', width: 300, values }; // two batches of 64, and one of 2
  const alone = await modelLogits(bytes, rows, { batchSize: 64, threads: 1 });
  for (const threads of [2, 3, 8, undefined]) {
    expect(await modelLogits(bytes, rows, { batchSize: 64, threads })).toEqual(alone);
  }
});

test('counts the rows whose greatest logit is at their label', async () => {
  const labels = Uint8Array.of(0, 1, 1, 1, 0);
  const accuracy = await evaluateModel(model, { features: dense, labels }, { batchSize: 2 });
  expect(accuracy).toEqual({
    correct: 4,
    total: 5,
    predictions: Uint32Array.of(0, 1, 0, 1, 0),
  });
});

test('takes the first of equal logits', () => {
  expect(argmaxRows(Float32Array.of(1, 2, 2, -1, -1, -1), 3)).toEqual(Uint32Array.of(1, 0));
});

test('tells classes beyond the 256 that a byte counts', () => {
  const logits = new Float32Array(2 * 1000);
  logits[999] = logits[1000 + 256] = 1;
  expect(argmaxRows(logits, 1000)).toEqual(Uint32Array.of(999, 256));
});

test('counts the rows that two put into different classes', () => {
  expect(differingRows([0, 1, 2, 1], Uint8Array.of(0, 2, 2, 0))).toBe(2);
  expect(() => differingRows([0, 1, 2, 1], [0, 1, 2])).toThrow('3 predictions for 4 rows');
});

test('says which width the model takes', async () => {
  const features: Features = { kind: 'dense', width: 4, values: new Float32Array(8) };
  await expect(predict(session, features, { batchSize: 2 })).rejects.toThrow(
    'The model takes rows of 3 values, the data has rows of 4.',
  );
  await expect(predict(session, dense, { batchSize: 0 })).rejects.toThrow('batchSize');
  await expect(session.run(new Float32Array(4))).rejects.toThrow("isn't made of rows of 3");
  await expect(session.run(new Float32Array(0))).rejects.toThrow(RangeError);
});

test('refuses what is not a classifier, and threads that are none', async () => {
  const twoInputs = encodeModel(
    makeModel({
      name: 'sum',
      input: [value('a', 'float32', ['batch', 3]), value('b', 'float32', ['batch', 3])],
      output: [value('sum', 'float32', ['batch', 3])],
      initializer: [],
      node: [node('Add', ['a', 'b'], ['sum'])],
    }),
  );
  await expect(openSession(twoInputs, { threads: 1 })).rejects.toThrow('a float32 [batch, 3]; b');
  await expect(openSession(model.subarray(0, 50), { threads: 1 })).rejects.toThrow(
    "ONNX Runtime can't load this model of 50 bytes",
  );
  await expect(openSession(model, { threads: 0 })).rejects.toThrow('threads');
});

test('frees the engine when released', async () => {
  const other = await openSession(model, { threads: 1 });
  await other.release();
  await expect(other.run(new Float32Array(3))).rejects.toThrow('disposed');
});
