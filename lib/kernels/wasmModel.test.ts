import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSession } from '#lib/evaluation/session';
import { openWasmModel } from '#lib/kernels/wasmModel';
import type { SparseFeatures } from '#lib/loaders/dataset';
import { exportOnnx } from '#lib/models/exportOnnx';
import { initialNetwork } from '#lib/models/network';
import { node, value } from '#lib/onnx/graph';
import { encodeModel, makeModel } from '#lib/onnx/model';
import { tensorProto } from '#lib/onnx/tensor';
import { calibrate } from '#lib/quantizers/calibration';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { dynamicInt8Logits } from '#lib/quantizers/dynamicInt8Logits';
import { integerMatMul } from '#lib/mapping/integerMatMul';
import { toFloat16 } from '#lib/quantizers/float16';
import { quantizeStatic, type StaticOptions, type StaticTypes } from '#lib/quantizers/staticInt8';
import { seededRandom, uniform } from '#lib/random';

function float32Model(widths: readonly number[], seed = 1): Uint8Array {
  return encodeModel(exportOnnx(initialNetwork(widths, seededRandom(seed)), 'net'));
}

/** Numbers between `low` and 1; of those below 0 some become 0, as behind a ReLU. */
function numbers(count: number, low: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => {
    const x = uniform(random, low, 1);
    return x < 0 && uniform(random, 0, 1) < 0.5 ? 0 : x;
  });
}

async function engineLogits(model: Uint8Array, batch: Float32Array): Promise<Float32Array> {
  const session = await openSession(model, { threads: 1 });
  const logits = await session.run(batch);
  await session.release();
  return logits;
}

const drawn = fc.record({
  widths: fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 2, maxLength: 5 }),
  rows: fc.integer({ min: 1, max: 9 }),
  low: fc.constantFrom(-1, -0.1, 0),
  perChannel: fc.boolean(),
  seed: fc.nat(),
});

test('dynamic int8: the logits are those of the engine to the bit', async () => {
  await fc.assert(
    fc.asyncProperty(drawn, async ({ widths, rows, low, perChannel, seed }) => {
      const model = quantizeDynamic(float32Model(widths, seed), { perChannel });
      const batch = numbers(rows * widths[0], low, seed);
      const { logits } = await openWasmModel(model);
      expect(logits(batch)).toEqual(await engineLogits(model, batch));
    }),
    { numRuns: 40 },
  );
});

test('weights over the whole range are multiplied exactly, whatever the CPU', async () => {
  const model = quantizeDynamic(float32Model([300, 40, 7]), { reduceRange: false });
  const batch = numbers(5 * 300, -1, 2);
  const { logits } = await openWasmModel(model);
  expect(logits(batch)).toEqual(dynamicInt8Logits(model, integerMatMul)(batch));
});

/** Dense rows of counts, most of them 0, and the same in sparse form. */
function counts(rows: number, width: number, seed: number): [Float32Array, SparseFeatures] {
  const random = seededRandom(seed);
  const dense = Float32Array.from({ length: rows * width }, () =>
    Math.max(0, Math.round(uniform(random, -6, 3))),
  );
  const found = [...dense.keys()].filter((i) => dense[i] !== 0);
  const offsets = Uint32Array.from(
    { length: rows + 1 },
    (_, row) => found.filter((i) => i < row * width).length,
  );
  const columns = Uint32Array.from(found, (i) => i % width);
  const values = Float32Array.from(found, (i) => dense[i]);
  return [dense, { kind: 'sparse', width, offsets, columns, values }];
}

test('sparse rows: the logits are those of dense ones to the bit', async () => {
  const widths = [150, 70, 3];
  const float32 = float32Model(widths);
  const ranges = await calibrate(float32, [counts(8, 150, 1)[0]]);
  for (const model of [float32, quantizeDynamic(float32), quantizeStatic(float32, ranges)]) {
    const { logits } = await openWasmModel(model);
    for (const rows of [9, 1, 4]) {
      const [dense, sparse] = counts(rows, 150, rows);
      expect(logits(sparse)).toEqual(logits(dense));
    }
    const none = new Uint32Array();
    const nothing = { kind: 'sparse', width: 150, offsets: Uint32Array.of(0, 0) } as const;
    const empty = { ...nothing, columns: none, values: new Float32Array() };
    expect(logits(empty)).toEqual(logits(new Float32Array(150)));
  }
});

test('refuses sparse rows that it has no room for, that are broken, or have numbers below 0', async () => {
  const { logits } = await openWasmModel(quantizeDynamic(float32Model([5, 3])));
  const one = { kind: 'sparse', width: 5, offsets: Uint32Array.of(0, 1) } as const;
  const good = { ...one, columns: Uint32Array.of(4), values: Float32Array.of(2) };
  expect(logits(good)).toHaveLength(3);
  expect(() => logits({ ...good, width: 6 })).toThrow("isn't made of 1 to 64 rows of 5");
  expect(() => logits({ ...good, offsets: new Uint32Array(66).fill(1, 1) })).toThrow(
    "isn't made of",
  );
  for (const broken of [
    { offsets: Uint32Array.of(0, 2) },
    { offsets: Uint32Array.of(1, 1) },
    { offsets: Uint32Array.of(0, 7, 1) },
    { columns: Uint32Array.of(5) },
    { columns: Uint32Array.of(4, 4) },
    { offsets: Uint32Array.of(0, 6), columns: new Uint32Array(6), values: new Float32Array(6) },
  ]) {
    expect(() => logits({ ...good, ...broken })).toThrow('offsets or columns of the sparse rows');
  }
  expect(() => logits({ ...good, values: Float32Array.of(-2) })).toThrow('below 0');
});

test('a batch leaves nothing behind for the next', async () => {
  const { logits } = await openWasmModel(quantizeDynamic(float32Model([50, 33, 3])));
  const [long, short] = [numbers(4 * 50, -1, 3), numbers(50, -1, 4)];
  const alone = logits(short);
  logits(long);
  expect(logits(short)).toEqual(alone);
  expect(logits(new Float32Array(50))).toHaveLength(3); // nothing but zeros has a scale too
});

test('refuses batches that it has no room for, and numbers without a range', async () => {
  const { logits } = await openWasmModel(quantizeDynamic(float32Model([5, 3])));
  const refusal = "isn't made of 1 to 64 rows of 5";
  for (const length of [0, 7, 65 * 5]) {
    expect(() => logits(new Float32Array(length))).toThrow(refusal);
  }
  for (const value of [NaN, Infinity, -Infinity]) {
    expect(() => logits(Float32Array.of(0, 0, value, 0, 0))).toThrow('NaN or infinite');
  }
});

test('float32: the logits are those of the engine but for the order of the sum', async () => {
  await fc.assert(
    fc.asyncProperty(drawn, async ({ widths, rows, low, seed }) => {
      const model = float32Model(widths, seed);
      const batch = numbers(rows * widths[0], low, seed);
      const { logits } = await openWasmModel(model);
      const expected = await engineLogits(model, batch);
      const tolerance = 1e-4 * Math.max(...expected.map(Math.abs));
      logits(batch).forEach((logit, i) => {
        expect(Math.abs(logit - expected[i])).toBeLessThanOrEqual(tolerance);
      });
    }),
    { numRuns: 40 },
  );
});

test('float32: the sum is that over all inputs in their order, to the bit', async () => {
  const [layer] = initialNetwork([150, 35], seededRandom(6));
  const model = encodeModel(exportOnnx([layer], 'net'));
  const batch = numbers(3 * 150, -1, 7);
  const expected = Float32Array.from({ length: 3 * 35 }, (_, i) => {
    const [row, n] = [Math.floor(i / 35), i % 35];
    let sum = layer.bias[n];
    for (let k = 0; k < 150; k++) {
      sum = Math.fround(sum + Math.fround(batch[row * 150 + k] * layer.weights[k * 35 + n]));
    }
    return sum;
  });
  const { logits } = await openWasmModel(model);
  expect(logits(batch)).toEqual(expected);
});

test('float16: the logits are those of the engine but for the order of the sum', async () => {
  const model = toFloat16(float32Model([150, 70, 3]));
  const batch = numbers(4 * 150, -1, 8);
  const { logits } = await openWasmModel(model);
  const expected = await engineLogits(model, batch);
  logits(batch).forEach((logit, i) => {
    expect(logit).toBeCloseTo(expected[i], 5);
  });
});

test('float32: weights [outputs, inputs], no bias, NaN', async () => {
  const weights = {
    dtype: 'float32',
    dims: [2, 3],
    data: Float32Array.of(1, 2, 3, 4, 5, 6),
  } as const;
  const model = encodeModel(
    makeModel({
      name: 'net',
      node: [node('Gemm', ['input', 'w'], ['logits'], { transB: 1 })],
      initializer: [tensorProto('w', weights)],
      input: [value('input', 'float32', ['batch', 3])],
      output: [value('logits', 'float32', ['batch', 2])],
    }),
  );
  const { logits } = await openWasmModel(model);
  expect([...logits(Float32Array.of(1, 0, -1))]).toEqual([-2, -2]);
  expect([...logits(Float32Array.of(1, NaN, -1))]).toEqual([NaN, NaN]);
});

test('static int8: the logits are those of the engine to the bit', async () => {
  const types = fc.constantFrom<StaticTypes>('U8S8', 'S8S8');
  await fc.assert(
    fc.asyncProperty(drawn, types, async ({ widths, rows, low, perChannel, seed }, types) => {
      const float32 = float32Model(widths, seed);
      const batch = numbers(rows * widths[0], low, seed);
      // A range of half of the rows: the others have values beyond it.
      const some = batch.slice(0, Math.ceil(rows / 2) * widths[0]);
      const ranges = await calibrate(float32, [some]);
      const model = quantizeStatic(float32, ranges, { perChannel, types, reduceRange: true });
      const { logits } = await openWasmModel(model);
      expect(logits(batch)).toEqual(await engineLogits(model, batch));
    }),
    { numRuns: 60 },
  );
});

test('layers may be quantized each in its way', async () => {
  const float32 = float32Model([60, 50, 40, 30, 5]);
  const batch = numbers(4 * 60, -1, 8);
  const ranges = await calibrate(float32, [batch]);
  const first = quantizeDynamic(float32, { layers: (_, i) => i === 0 });
  const model = quantizeStatic(first, ranges, { layers: (_, i) => i === 0 || i === 1 });
  const { logits } = await openWasmModel(model);
  const expected = await engineLogits(model, batch);
  logits(batch).forEach((logit, i) => {
    expect(logit).toBeCloseTo(expected[i], 5);
  });
});

test('values far beyond the range are cut off', async () => {
  const float32 = float32Model([40, 30, 3]);
  const ranges = await calibrate(float32, [numbers(40, -1, 9)]);
  const model = quantizeStatic(float32, ranges);
  const { logits } = await openWasmModel(model);
  for (const factor of [1e3, 1e12, 1e35]) {
    const batch = numbers(40, -1, 9).map((x) => x * factor);
    expect(logits(batch)).toEqual(await engineLogits(model, batch));
  }
});

test('refuses other models', async () => {
  const float32 = float32Model([5, 3]);
  const uint8 = quantizeDynamic(float32, { weightType: 'uint8' });
  await expect(openWasmModel(uint8)).rejects.toThrow('quantize to weightType int8');
  const ranges = await calibrate(float32, [Float32Array.of(0, 1, 2, 3, 4)]);
  const [u8u8, onlyWeights, qOperator] = [
    { types: 'U8U8' },
    { only: 'weights' },
    { form: 'QOperator' },
  ].map((options) => quantizeStatic(float32, ranges, options as StaticOptions));
  await expect(openWasmModel(u8u8)).rejects.toThrow('types other than U8U8');
  await expect(openWasmModel(onlyWeights)).rejects.toThrow('must be float32 constants');
  await expect(openWasmModel(qOperator)).rejects.toThrow('it is read by: QGemm');
});
