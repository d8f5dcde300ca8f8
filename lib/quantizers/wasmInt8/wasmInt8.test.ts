import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSession } from '#lib/evaluation/session';
import { exportOnnx } from '#lib/models/exportOnnx';
import { initialNetwork } from '#lib/models/network';
import { encodeModel } from '#lib/onnx/model';
import { quantizeDynamic } from '#lib/quantizers/dynamicInt8';
import { dynamicInt8Logits } from '#lib/quantizers/dynamicInt8Logits';
import { integerMatMul } from '#lib/quantizers/mapping/integerMatMul';
import { openWasmInt8 } from '#lib/quantizers/wasmInt8/wasmInt8';
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

test('gives the logits of the engine to the bit', async () => {
  const width = fc.integer({ min: 1, max: 80 });
  const drawn = fc.record({
    widths: fc.array(width, { minLength: 2, maxLength: 5 }),
    rows: fc.integer({ min: 1, max: 9 }),
    low: fc.constantFrom(-1, -0.1, 0),
    perChannel: fc.boolean(),
    seed: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(drawn, async ({ widths, rows, low, perChannel, seed }) => {
      const model = quantizeDynamic(float32Model(widths, seed), { perChannel });
      const batch = numbers(rows * widths[0], low, seed);
      const { logits } = await openWasmInt8(model, { rows: 9 });
      const session = await openSession(model, { threads: 1 });
      const expected = await session.run(batch);
      await session.release();
      expect(logits(batch)).toEqual(expected);
    }),
    { numRuns: 40 },
  );
});

test('weights over the whole range are multiplied exactly, whatever the CPU', async () => {
  const model = quantizeDynamic(float32Model([300, 40, 7]), { reduceRange: false });
  const batch = numbers(5 * 300, -1, 2);
  const { logits } = await openWasmInt8(model);
  expect(logits(batch)).toEqual(dynamicInt8Logits(model, integerMatMul)(batch));
});

test('a batch leaves nothing behind for the next', async () => {
  const { logits } = await openWasmInt8(quantizeDynamic(float32Model([50, 33, 3])), { rows: 4 });
  const [long, short] = [numbers(4 * 50, -1, 3), numbers(50, -1, 4)];
  const alone = logits(short);
  logits(long);
  expect(logits(short)).toEqual(alone);
  expect(logits(new Float32Array(50))).toHaveLength(3); // nothing but zeros has a scale too
});

test('refuses batches that it has no room for, and numbers without a range', async () => {
  const { logits } = await openWasmInt8(quantizeDynamic(float32Model([5, 3])), { rows: 2 });
  const refusal = "isn't made of 1 to 2 rows of 5";
  for (const length of [0, 7, 15]) {
    expect(() => logits(new Float32Array(length))).toThrow(refusal);
  }
  for (const value of [NaN, Infinity, -Infinity]) {
    expect(() => logits(Float32Array.of(0, 0, value, 0, 0))).toThrow('NaN or infinite');
  }
});

test('refuses other models', async () => {
  const float32 = float32Model([5, 3]);
  await expect(openWasmInt8(float32)).rejects.toThrow('DynamicQuantizeLinear must read "input"');
  const uint8 = quantizeDynamic(float32, { weightType: 'uint8' });
  await expect(openWasmInt8(uint8)).rejects.toThrow('quantize to weightType int8');
});
