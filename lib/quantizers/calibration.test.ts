import { expect, test } from 'vitest';
import { exportOnnx } from '#lib/models/exportOnnx';
import { encodeModel } from '#lib/onnx/model';
import { calibrate } from '#lib/quantizers/calibration';
import { minMaxObserver, type Observer } from '#lib/quantizers/observers/observer';

/** h = relu(x · [1, -2]), logits = h · [[1], [1]] */
const model = encodeModel(
  exportOnnx(
    [
      { inputs: 1, outputs: 2, weights: Float32Array.of(1, -2), bias: new Float32Array(2) },
      { inputs: 2, outputs: 1, weights: Float32Array.of(1, 1), bias: new Float32Array(1) },
    ],
    'net',
  ),
);

test('finds the range of what enters each layer, over all batches', async () => {
  const done: number[] = [];
  const batches = [Float32Array.of(0.5, 3), Float32Array.of(-4), Float32Array.of(1)];
  const ranges = await calibrate(model, batches, { onBatch: (batch) => done.push(batch) });
  expect([...ranges]).toEqual([
    ['input', { min: -4, max: 3 }],
    ['layer1.relu', { min: 0, max: 8 }],
  ]);
  expect(done).toEqual([1, 2, 3]);
});

test('takes batches as they come, in one array, and any observer', async () => {
  const seen: number[][] = [];
  const observer = (): Observer => ({
    observe: (values) => seen.push([...values]),
    range: () => ({ min: -1, max: 1 }),
  });
  async function* batches(): AsyncGenerator<Float32Array> {
    const buffer = new Float32Array(1);
    for (const x of [1, 2]) {
      await Promise.resolve();
      buffer[0] = x;
      yield buffer;
    }
  }
  const ranges = await calibrate(model, batches(), { observer });
  expect(seen).toEqual([[1], [1, 0], [2], [2, 0]]);
  expect(ranges.get('layer1.relu')).toEqual({ min: -1, max: 1 });
});

test('ends between two batches when its signal says so', async () => {
  const controller = new AbortController();
  const calibration = calibrate(model, [Float32Array.of(1), Float32Array.of(2)], {
    signal: controller.signal,
    onBatch: (done) => {
      expect(done).toBe(1);
      controller.abort(new Error('enough'));
    },
  });
  await expect(calibration).rejects.toThrow('enough');
});

test.each([
  ['no batches', [], 'Activation "input": no values were observed'],
  ['a batch that is not a number', [Float32Array.of(1, NaN)], 'Activation "input": value 1 is NaN'],
  ['a batch that overflows inside', [Float32Array.of(3e38)], 'Activation "layer1.relu": value'],
  ['an empty batch', [new Float32Array(0)], "isn't made of rows of 1"],
])('refuses %s', async (_, batches, message) => {
  const negative = batches.map((batch) => batch.map((x) => -x));
  await expect(calibrate(model, negative)).rejects.toThrow(message);
});

test('a min-max observer keeps the widest range', () => {
  const { observe, range } = minMaxObserver();
  for (const values of [[2, 3], [], [-1], [2.5]]) observe(Float32Array.from(values));
  expect(range()).toEqual({ min: -1, max: 3 });
});
