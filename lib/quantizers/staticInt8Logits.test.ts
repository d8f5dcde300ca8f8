import { expect, test } from 'vitest';
import { modelLogits } from '#lib/evaluation/session';
import { int8Engine } from '#lib/hardware/int8Engine';
import { calibrate } from '#lib/quantizers/calibration';
import { integerMatMul } from '#lib/mapping/integerMatMul';
import { saturatingMatMul } from '#lib/mapping/saturatingMatMul';
import { quantizeStatic } from '#lib/quantizers/staticInt8';
import { staticInt8Logits } from '#lib/quantizers/staticInt8Logits';
import { squareModel, squareRows } from '#lib/sweep/squareModel';

const width = 96;
const float32 = squareModel({ width, depth: 3 });
const batch = squareRows(width, 7).map((x) => 2 * x - 0.5); // with a zero point that is not 0
const ranges = await calibrate(float32, [batch]);

/** Largest difference, against the largest logit. */
function distance(a: Float32Array, b: Float32Array): number {
  const largest = Math.max(...a.map(Math.abs));
  return Math.max(...a.map((x, i) => Math.abs(x - b[i]))) / largest;
}

const forms = (['U8S8', 'S8S8'] as const).flatMap((types) =>
  [true, false].flatMap((reduceRange) =>
    [false, true].map((perChannel) => ({ types, reduceRange, perChannel })),
  ),
);

test.each(forms)('computes what the engine computes: %o', async (options) => {
  const model = quantizeStatic(float32, ranges, options);
  const { kernel } = await int8Engine();
  const product = kernel?.saturates ? saturatingMatMul : integerMatMul;
  const features = { kind: 'dense', width, values: batch } as const;
  const engine = await modelLogits(model, features, { batchSize: 7, threads: 1 });
  expect(distance(staticInt8Logits(model, product)(batch), engine)).toBeLessThan(1e-5);
});

test.each(forms)('only weights over the whole range are cut off: %o', (options) => {
  const model = quantizeStatic(float32, ranges, options);
  const [exact, cut] = [integerMatMul, saturatingMatMul].map((product) =>
    staticInt8Logits(model, product)(batch),
  );
  if (options.reduceRange) expect(cut).toEqual(exact);
  else expect(distance(exact, cut)).toBeGreaterThan(0.01);
});

test('signed activations are the same integers, moved', () => {
  const [unsigned, signed] = (['U8S8', 'S8S8'] as const).map((types) =>
    staticInt8Logits(
      quantizeStatic(float32, ranges, { types, reduceRange: false }),
      saturatingMatMul,
    )(batch),
  );
  expect(signed).toEqual(unsigned);
});

test('refuses a layer in another form', () => {
  expect(() => staticInt8Logits(float32, integerMatMul)).toThrow('layer 1 of the model is float32');
});
