import { evaluate } from '#lib/evaluation/accuracy';
import { openSession } from '#lib/evaluation/session';
import { interruptible } from '#lib/interruption';
import type { Dataset } from '#lib/loaders/dataset';
import type { TrainedModel } from '#lib/models/checkpoint';
import { adaRound } from '#lib/quantizers/corrections/adaRound';
import { correctBiases } from '#lib/quantizers/corrections/biasCorrection';
import { calibrate } from '#lib/quantizers/calibration';
import { calibrationBatches, type CalibrationExamples } from '#lib/quantizers/calibrationBatches';
import { equalize } from '#lib/quantizers/corrections/equalization';
import { fakeQuantize } from '#lib/quantizers/fakeQuantize';
import { integerRange } from '#lib/quantizers/mapping/integerRange';
import { quantizeStatic } from '#lib/quantizers/staticInt8';
import type { Curve } from '#lib/report/curveFigures';
import { percent } from '#lib/report/numbers';
import { withProgress } from '#lib/report/progress';
import type { Row } from '#lib/report/table';

/** What is done to a model, in this order, beside quantizing it by min-max with one scale a layer. */
const methods = {
  'min-max': { equalized: false, rounded: false, corrected: false },
  equalized: { equalized: true, rounded: false, corrected: false },
  'bias corrected': { equalized: false, rounded: false, corrected: true },
  'equalized, bias corrected': { equalized: true, rounded: false, corrected: true },
  AdaRound: { equalized: false, rounded: true, corrected: false },
};
export type Method = keyof typeof methods;
const methodNames = Object.keys(methods) as Method[];

/** A method and what the model is quantized to. */
export interface MethodCase {
  readonly method: Method;
  /**
   * Bits of the weights, computed in float32; or `static int8`: weights within ±64 and uint8
   * activations on the engine's int8 kernels.
   */
  readonly target: number | 'static int8';
}

export interface MethodAccuracy extends MethodCase {
  readonly correct: number;
  readonly total: number;
}

/**
 * Accuracy on the test split of a model quantized in each of several ways.
 *
 * @param examples for calibration; their seed is AdaRound's as well
 */
export function methodAccuracies(
  { spec, model }: TrainedModel,
  dataset: Dataset,
  cases: readonly MethodCase[],
  { threads, ...examples }: CalibrationExamples & { readonly threads: number },
): Promise<MethodAccuracy[]> {
  const batches = (): Iterable<Float32Array> =>
    calibrationBatches(dataset.train.features, examples);
  return withProgress(`Better than min-max, ${spec.name}`, 'networks', (progress) =>
    interruptible(async (signal) => {
      const results: MethodAccuracy[] = [];
      const onStep = (step: number, steps: number): void => {
        progress(results.length, cases.length, `AdaRound, step ${step} of ${steps}`);
      };
      for (const { method, target } of cases) {
        signal.throwIfAborted();
        const { equalized, rounded, corrected } = methods[method];
        let float = equalized ? equalize(model) : model;
        if (rounded) {
          const integers =
            typeof target === 'number'
              ? integerRange({ bits: target, signed: true })
              : { min: -64, max: 64 };
          const options = { integers, seed: examples.seed, threads, signal, onStep };
          float = await adaRound(float, batches(), options);
        }
        const quantize = await quantizer(float, target, batches());
        const quantized = corrected
          ? await correctBiases(float, quantize, batches(), { threads, signal })
          : quantize(float);
        const session = await openSession(quantized, { threads });
        const { correct, total } = await evaluate(session, dataset.test, { batchSize: 64 });
        await session.release();
        results.push({ method, target, correct, total });
        progress(results.length, cases.length);
      }
      return results;
    }),
  );
}

/**
 * All methods at all targets, but AdaRound, which takes longest, only at `static int8` and below
 * `adaRoundBelow` bits.
 */
export function methodCases(
  targets: readonly MethodCase['target'][],
  { adaRoundBelow }: { readonly adaRoundBelow: number },
): MethodCase[] {
  return methodNames.flatMap((method) =>
    targets
      .filter((target) => method !== 'AdaRound' || !(Number(target) >= adaRoundBelow))
      .map((target) => ({ method, target })),
  );
}

/** A row for each method, with a column for each target: accuracy in percent. */
export function methodRows(data: string, results: readonly MethodAccuracy[]): Row[] {
  return methodNames.map((name) => {
    const cells = results
      .filter(({ method }) => method === name)
      .map(({ target, correct, total }) => [
        typeof target === 'number' ? `${target} bits` : target,
        percent(correct, total),
      ]);
    return { Data: data, Method: name, ...(Object.fromEntries(cells) as Row) };
  });
}

/** A curve for each method: accuracy in percent by bits of a weight. */
export function methodCurves(results: readonly MethodAccuracy[]): Curve[] {
  return methodNames.map((name) => {
    const points = results.flatMap(({ method, target, correct, total }) =>
      method === name && typeof target === 'number' ? [{ target, correct, total }] : [],
    );
    return {
      name,
      x: points.map(({ target }) => target),
      y: points.map(({ correct, total }) => (100 * correct) / total),
    };
  });
}

async function quantizer(
  model: Uint8Array,
  target: MethodCase['target'],
  batches: Iterable<Float32Array>,
): Promise<(model: Uint8Array) => Uint8Array> {
  if (typeof target === 'number') return (bytes) => fakeQuantize(bytes, { bits: target });
  const ranges = await calibrate(model, batches);
  return (bytes) => quantizeStatic(bytes, ranges);
}
