import { expect, test } from 'vitest';
import { openSession } from '#lib/evaluation/session';
import { int8Engine } from '#lib/hardware/int8Engine';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { dynamicInt8Logits } from '#lib/quantizers/dynamicInt8Logits';
import { integerMatMul } from '#lib/mapping/integerMatMul';
import { saturatingMatMul } from '#lib/mapping/saturatingMatMul';
import { squareModel, squareRows } from '#lib/sweep/squareModel';

const float32 = squareModel({ width: 96, depth: 3 });
const batch = squareRows(96, 7).map((x) => 2 * x - 0.5);

async function engineLogits(model: Uint8Array): Promise<Float32Array> {
  const session = await openSession(model, { threads: 1 });
  try {
    return await session.run(batch);
  } finally {
    await session.release();
  }
}

/** Largest difference, against the largest logit. */
function distance(a: Float32Array, b: Float32Array): number {
  const largest = Math.max(...a.map(Math.abs));
  return Math.max(...a.map((x, i) => Math.abs(x - b[i]))) / largest;
}

test.each([
  { perChannel: false, reduceRange: true },
  { perChannel: true, reduceRange: true },
  { perChannel: false, reduceRange: false },
  { perChannel: true, reduceRange: false },
])('computes what the engine computes: %o', async (options) => {
  const model = quantizeDynamic(float32, options);
  const { kernel } = await int8Engine();
  const product = kernel?.saturates ? saturatingMatMul : integerMatMul;
  const ours = dynamicInt8Logits(model, product)(batch);
  expect(distance(ours, await engineLogits(model))).toBeLessThan(1e-5);
});

test('weights over the whole range are cut off', () => {
  const model = quantizeDynamic(float32, { reduceRange: false, perChannel: true });
  const [exact, cut] = [integerMatMul, saturatingMatMul].map((product) =>
    dynamicInt8Logits(model, product)(batch),
  );
  expect(distance(exact, cut)).toBeGreaterThan(0.01);
});

test('refuses a model that quantizeDynamic did not make', () => {
  expect(() => dynamicInt8Logits(float32, integerMatMul)(batch)).toThrow('Gemm is no operator of');
});

test('refuses weights with a zero point for each output', () => {
  const model = quantizeDynamic(float32, { weightType: 'uint8', perChannel: true });
  expect(() => dynamicInt8Logits(model, integerMatMul)(batch)).toThrow('for each output');
});
