import { expect, test } from 'vitest';
import { accuracyOf } from '#lib/evaluation/accuracy';
import { logitError } from '#lib/evaluation/logitError';
import { modelLogits } from '#lib/evaluation/session';
import { methodNames, methodResults } from '#lib/experiments/methodResults';
import { integerRange } from '#lib/mapping/integerRange';
import { exportOnnx } from '#lib/models/exportOnnx';
import { initialNetwork } from '#lib/models/network';
import { encodeModel } from '#lib/onnx/model';
import { calibrate } from '#lib/quantizers/calibration';
import { adaRound } from '#lib/quantizers/corrections/adaRound';
import { correctBiases } from '#lib/quantizers/corrections/biasCorrection';
import { equalize } from '#lib/quantizers/corrections/equalization';
import { fakeQuantize } from '#lib/quantizers/fakeQuantize';
import { quantizeStatic } from '#lib/quantizers/staticInt8';
import type { Split } from '#lib/loaders/dataset';
import { seededRandom, uniform } from '#lib/random';

const random = seededRandom(5);
const model = encodeModel(exportOnnx(initialNetwork([20, 16, 12, 4], random), 'net'));
const rows = (count: number): Float32Array =>
  Float32Array.from({ length: 20 * count }, () => uniform(random, 0, 1));
const batches = [rows(40), rows(24)];
const split: Split = {
  features: { kind: 'dense', width: 20, values: rows(50) },
  labels: Uint8Array.from({ length: 50 }, (_, i) => i % 4),
};

test.each([3, 'static int8'] as const)(
  'gives what each method by itself does: %s',
  async (target) => {
    const equalized = equalize(model);
    const quantize = async (float: Uint8Array): Promise<(bytes: Uint8Array) => Uint8Array> => {
      if (target !== 'static int8') return (bytes) => fakeQuantize(bytes, { bits: target });
      const ranges = await calibrate(float, batches);
      return (bytes) => quantizeStatic(bytes, ranges);
    };
    const integers =
      target === 'static int8'
        ? { min: -64, max: 64 }
        : integerRange({ bits: target, signed: true });
    const rounded = await adaRound(model, batches, { seed: 1, integers });
    const [plain, even, learned] = await Promise.all([model, equalized, rounded].map(quantize));
    const expected = [
      plain(model),
      even(equalized),
      await correctBiases(model, plain, batches),
      await correctBiases(equalized, even, batches),
      learned(rounded),
    ];
    const options = { batchSize: 64, threads: 1 };
    const testLogits = await modelLogits(model, split.features, options);
    const input = { model, equalized, batches, test: split, testLogits, target, seed: 1 };
    const results = await methodResults(input, () => undefined);
    expect(results.map(({ method }) => method)).toEqual(methodNames);
    for (const [i, result] of results.entries()) {
      const logits = await modelLogits(expected[i], split.features, options);
      // Shift and spread are computed from all logits: equal to the last bit if these are.
      expect(result).toMatchObject({
        ...accuracyOf(logits, split.labels),
        ...logitError(testLogits, logits, 4),
      });
    }
  },
);
